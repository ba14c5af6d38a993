"""Create examples, and save new revisions of them."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from datasets.conversations.chat import Content
from datasets.curation.actions.drafts import forget_draft
from datasets.curation.actions.locking import (
    MAX_NOTE_LENGTH,
    EventPayload,
    apply_transition,
    locked_example,
    record_event,
)
from datasets.curation.actions.revision_storage import (
    add_revision,
    content_of,
    denormalise_revision,
    inspect,
)
from datasets.curation.editing import is_written
from datasets.curation.lifecycle import Action
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, require_permission


@dataclass(frozen=True)
class Origin:
    """What the imported row holds besides the content of the example."""

    external_id: str = ""
    source: str = ""
    imported_split: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_example(
    *, project: Project, content: Content, actor: User | None, origin: Origin | None = None
) -> GoldenExample:
    """Create a draft example with its first revision and the findings of that revision.

    `actor` None is a command.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: there are no messages, or none but the system message has text.
    """
    require_permission(actor, project, Permission.CURATE)
    check_not_empty(content)
    origin = origin or Origin()
    example = GoldenExample.objects.create(
        project=project,
        created_by=actor,
        external_id=origin.external_id,
        source=origin.source,
        imported_split=origin.imported_split,
        metadata=origin.metadata,
    )
    revision = add_revision(example, content, number=1, author=actor)
    findings = inspect(example, revision, content)
    example.save(update_fields=denormalise_revision(example, revision, findings))
    record_event(
        example,
        EventPayload(Action.CREATE, detail={"findings": len(findings), "source": origin.source}),
        actor=actor,
        before="",
    )
    return example


@transaction.atomic
def revise(
    *,
    example_id: int,
    base_number: int,
    content: Content,
    actor: User,
    note: str | Message = "",
    contributor: User | None = None,
) -> Revision:
    """Save a new revision, based on the one that the actor had on screen.

    An edit undoes a submission and an approval: the example is a draft again. The actor's unsaved
    draft is deleted.

    Args:
        note: what the actor typed about the change; a message says what an action changed.
        contributor: who proposed the text, if it was another member.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the example is retired.
        StaleRevision: there is a newer revision than `base_number`.
        InvalidInput: nothing has changed, the content is empty, or the note is too long.
    """
    example = locked_example(example_id)
    ExampleAccess(actor, example).check(Action.REVISE)
    if example.latest_number != base_number:
        raise StaleRevision(
            gettext(
                "Revision %(latest)s was saved after you opened revision %(base)s. Nothing was "
                "overwritten: compare the two and save again."
            )
            % {"latest": example.latest_number, "base": base_number}
        )
    check_not_empty(content)
    if isinstance(note, str) and len(note) > MAX_NOTE_LENGTH:
        raise InvalidInput(
            gettext("Shorten the note to %(limit)s characters or fewer.")
            % {"limit": MAX_NOTE_LENGTH},
            field="note",
        )
    if not differs(example.latest_revision, content):
        raise InvalidInput(message("curation.nothing_changed", number=base_number))
    return _store(example, content, actor=actor, note=note, contributor=contributor)


def differs(revision: Revision, content: Content) -> bool:
    """Return whether content differs from a revision: otherwise there is nothing to save."""
    return content != content_of(revision)


def _store(
    example: GoldenExample,
    content: Content,
    *,
    actor: User,
    note: str | Message,
    contributor: User | None,
) -> Revision:
    before = apply_transition(example, Action.REVISE)
    revision = add_revision(
        example,
        content,
        number=example.latest_number + 1,
        author=actor,
        note=note,
        contributor=contributor,
    )
    findings = inspect(example, revision, content)
    columns = denormalise_revision(example, revision, findings)
    example.save(update_fields=[*columns, "state", "approved_revision"])
    forget_draft(example, actor)
    payload = EventPayload(
        Action.REVISE, reason=revision.note, detail=event_detail(len(findings), note)
    )
    record_event(example, payload, actor=actor, before=before)
    return revision


def event_detail(findings: int, note: str | Message) -> dict[str, Any]:
    """Return the detail of the event of a new revision with this number of findings."""
    detail: dict[str, Any] = {"findings": findings}
    return {**detail, "note": note.as_json()} if isinstance(note, Message) else detail


def check_not_empty(content: Content) -> None:
    """Raise InvalidInput if there are no messages, or none but the system message has text."""
    if not content.messages:
        raise InvalidInput(message("curation.no_messages"))
    if not is_written(content.messages):
        raise InvalidInput(message("curation.empty_conversation"))
