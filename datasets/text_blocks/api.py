"""The HTTP API of text blocks."""

from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from datasets.inspections.placeholders import placeholders_in
from datasets.text_blocks import actions
from datasets.text_blocks.documents import (
    MAX_INTENT_LENGTH,
    MAX_INTENTS,
    MAX_NAME_LENGTH,
    MAX_TEXT_LENGTH,
    BlockValues,
)
from datasets.text_blocks.models import TextBlock
from reviewapp.core.api import ObjectId
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])

Intent = Annotated[str, Field(min_length=1, max_length=MAX_INTENT_LENGTH)]


class TextBlockIn(Schema):
    """A text block; without language or intents it is for all examples."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT_LENGTH)]
    language: Annotated[str, Field(max_length=12)] = ""
    intents: Annotated[list[Intent], Field(max_length=MAX_INTENTS)] = []


class TextBlockOut(Schema):
    """A text block, and the placeholders in its text, with their braces."""

    id: int
    name: str
    text: str
    language: str
    intents: list[str]
    placeholders: list[str]


class TextBlockList(Schema):
    """The text blocks of a project by name."""

    items: list[TextBlockOut]


@router.get(
    "/projects/{slug}/text-blocks",
    operation_id="datasets_api_text_blocks_list",
    response={200: TextBlockList},
    summary="List text blocks",
)
def list_text_blocks(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the text blocks that annotators may insert."""
    project = project_for(request, slug, Permission.VIEW)
    return {"items": [_block(block) for block in TextBlock.objects.filter(project=project)]}


@router.post(
    "/projects/{slug}/text-blocks",
    operation_id="datasets_api_text_blocks_create",
    response={201: TextBlockOut},
    summary="Create a text block",
)
def create_text_block(request: HttpRequest, slug: str, body: TextBlockIn) -> Any:
    """Create a text block; its name must be new in the project."""
    project = project_for(request, slug, Permission.LEAD)
    return Status(201, _block(_save(request, project, body)))


@router.put(
    "/projects/{slug}/text-blocks/{block_id}",
    operation_id="datasets_api_text_blocks_change",
    response={200: TextBlockOut},
    summary="Change a text block",
)
def change_text_block(
    request: HttpRequest, slug: str, block_id: ObjectId, body: TextBlockIn
) -> dict[str, Any]:
    """Replace name, text, language and intents."""
    project = project_for(request, slug, Permission.LEAD)
    return _block(_save(request, project, body, block_id))


@router.delete(
    "/projects/{slug}/text-blocks/{block_id}",
    operation_id="datasets_api_text_blocks_delete",
    response={204: None},
    summary="Remove a text block",
)
def delete_text_block(request: HttpRequest, slug: str, block_id: ObjectId) -> Any:
    """Remove a text block; answers keep the text that was inserted."""
    project = project_for(request, slug, Permission.LEAD)
    try:
        actions.remove_text_block(project=project, block_id=block_id, actor=signed_in_user(request))
    except TextBlock.DoesNotExist as error:
        raise Http404("No such text block.") from error
    return Status(204, None)


def _save(
    request: HttpRequest, project: Project, body: TextBlockIn, block_id: int | None = None
) -> TextBlock:
    values = BlockValues(body.name, body.text, body.language, tuple(body.intents))
    try:
        return actions.save_text_block(
            project=project, values=values, actor=signed_in_user(request), block_id=block_id
        )
    except TextBlock.DoesNotExist as error:
        raise Http404("No such text block.") from error


def _block(block: TextBlock) -> dict[str, Any]:
    return {
        "id": block.pk,
        "name": block.name,
        "text": block.text,
        "language": block.language,
        "intents": block.intents,
        "placeholders": placeholders_in(block.text),
    }
