"""The HTTP API of system messages: what is put before examples that have none."""

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from datasets.curation.system_messages import system_messages_of
from datasets.removals.actions import latest_removal
from datasets.removals.models import FindingRemoval, Subject
from datasets.removals.tasks import start
from datasets.system_messages import actions
from datasets.system_messages.current import examples_without
from reviewapp.core.errors import InvalidInput
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])

MAX_TEXTS = 50


class SystemMessageValue(Schema):
    """The text for a language by its code without a region; none for all other languages."""

    language: Annotated[str, Field(pattern="^([a-z]{2,8})?$")] = ""
    text: Annotated[str, Field(min_length=1, max_length=actions.MAX_LENGTH)]


class SystemMessagesIn(Schema):
    """All texts of the project, and whether an example without one has a finding."""

    requires_system_message: bool
    texts: Annotated[list[SystemMessageValue], Field(max_length=MAX_TEXTS)] = []


class RemovalOut(Schema):
    """How far open findings are taken away that are not wanted any more."""

    state: str
    total: int
    done: int
    findings: int
    examples: int


class SystemMessagesOut(Schema):
    """The texts, how many examples have the open finding, and the latest job that takes it away."""

    requires_system_message: bool
    texts: list[SystemMessageValue]
    missing: int
    removal: RemovalOut | None


@router.get(
    "/projects/{slug}/system-messages",
    operation_id="datasets_api_system_messages_show",
    response={200: SystemMessagesOut},
    summary="Show the system messages",
)
def show(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the texts that one click, or a bulk action, puts before examples without one."""
    return _as_dict(project_for(request, slug, Permission.LEAD))


@router.put(
    "/projects/{slug}/system-messages",
    operation_id="datasets_api_system_messages_change",
    response={200: SystemMessagesOut},
    summary="Replace the system messages",
)
def change(request: HttpRequest, slug: str, body: SystemMessagesIn) -> dict[str, Any]:
    """Replace all texts and the switch. Once none is required, a job takes open findings away.

    Texts that examples have already stay. To put the new ones before examples without one, start
    the bulk action `replace_findings` with the code `missing_system`.
    """
    project = project_for(request, slug, Permission.LEAD)
    texts = {value.language: value.text for value in body.texts}
    if len(texts) < len(body.texts):
        raise InvalidInput("Send one text for each language.", field="texts")
    started = actions.change_system_messages(
        project_id=project.pk,
        requires_system_message=body.requires_system_message,
        system_messages=texts,
        actor=signed_in_user(request),
    )
    start(started)
    project.refresh_from_db()
    return _as_dict(project)


def _as_dict(project: Project) -> dict[str, Any]:
    removal = latest_removal(project, Subject.MISSING_SYSTEM)
    texts = system_messages_of(project)
    return {
        "requires_system_message": project.requires_system_message,
        "texts": [{"language": code, "text": text} for code, text in texts.items()],
        "missing": examples_without(project),
        "removal": removal and _removal(removal),
    }


def _removal(removal: FindingRemoval) -> dict[str, Any]:
    return {name: getattr(removal, name) for name in RemovalOut.model_fields}
