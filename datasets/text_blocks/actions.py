"""Save, remove and import the text blocks of a project."""

from typing import Any

from django.db import transaction

from datasets.text_blocks.current import values_of
from datasets.text_blocks.documents import MAX_BLOCKS, BlockValues, blocks_of_document, checked
from datasets.text_blocks.models import TextBlock
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def save_text_block(
    *,
    project: Project,
    values: BlockValues,
    actor: User | None,
    block_id: int | None = None,
    seen: int | None = None,
) -> TextBlock:
    """Add a text block, or change the one with this id; return it.

    Args:
        seen: how often it was saved when the actor read it; None changes it anyway.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        TextBlock.DoesNotExist: it was removed.
        InvalidInput: it cannot be stored, another has its name, or it was saved meanwhile.
    """
    _lock(project, actor)
    values = checked(values)
    same = TextBlock.objects.filter(project=project, name=values.name).first()
    if same is not None and same.pk != block_id:
        raise InvalidInput(message("text_blocks.name_taken"), field="name")
    if block_id is None:
        return _add(project, values, actor)
    block = TextBlock.objects.get(project=project, pk=block_id)
    if seen not in (None, block.saved):
        raise InvalidInput(message("text_blocks.changed_meanwhile"))
    return _change(block, values, actor)


@transaction.atomic
def remove_text_block(*, project: Project, block_id: int, actor: User | None) -> None:
    """Remove a text block; answers that it was inserted into keep their text.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        TextBlock.DoesNotExist: it was removed already.
    """
    _lock(project, actor)
    block = TextBlock.objects.get(project=project, pk=block_id)
    _record(block, actor, "remove_text_block", before=_detail(values_of(block)))
    block.delete()


@transaction.atomic
def import_text_blocks(*, project: Project, document: object, actor: User | None) -> int:
    """Add or change the text blocks of an exported document by their names; return their number.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: it is no such document, or there would be too many.
    """
    _lock(project, actor)
    known = {block.name: block for block in TextBlock.objects.filter(project=project)}
    imported = blocks_of_document(document)
    for values in imported:
        if found := known.get(values.name):
            _change(found, values, actor)
        else:
            _add(project, values, actor)
    return len(imported)


def _lock(project: Project, actor: User | None) -> None:
    require_lead(actor, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _add(project: Project, values: BlockValues, actor: User | None) -> TextBlock:
    if TextBlock.objects.filter(project=project).count() >= MAX_BLOCKS:
        raise InvalidInput(message("text_blocks.too_many", n=MAX_BLOCKS))
    block = TextBlock.objects.create(project=project, **_detail(values))
    _record(block, actor, "save_text_block", after=_detail(values))
    return block


def _change(block: TextBlock, values: BlockValues, actor: User | None) -> TextBlock:
    """Store other values of a text block; without a difference nothing is recorded."""
    before = values_of(block)
    if before == values:
        return block
    for name, value in _detail(values).items():
        setattr(block, name, value)
    block.saved += 1
    block.save()
    _record(block, actor, "save_text_block", before=_detail(before), after=_detail(values))
    return block


def _detail(values: BlockValues) -> dict[str, Any]:
    return {**vars(values), "intents": list(values.intents)}


def _record(block: TextBlock, actor: User | None, action: str, **detail: dict[str, Any]) -> None:
    names = {side: values["name"] for side, values in detail.items()}
    ProjectEvent.objects.create(
        project=block.project, actor=actor, action=action, detail=detail, **names
    )
