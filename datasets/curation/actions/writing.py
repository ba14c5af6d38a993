"""New examples and new revisions of them."""

from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from datasets.conversations.chat import Content
from datasets.curation.actions.drafts import forget_draft
from datasets.curation.actions.locking import (
    MAX_NOTE_LENGTH,
    EventPayload,
    locked_example,
    move,
    record,
)
from datasets.curation.actions.rows import add_revision, content_of, denormalise_revision, inspect
from datasets.curation.lifecycle import Action
from datasets.curation.models import GoldenExample, Revision
from datasets.curation.permissions import ExampleAccess
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, require_permission


@dataclass(frozen=True)
class Origin:
    """Where an example came from: what its file said about it besides its content."""

    external_id: str = ""
    source: str = ""
    imported_split: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_example(
    *, project: Project, content: Content, actor: User | None, origin: Origin | None = None
) -> GoldenExample:
    """Create an example in state draft with its first revision and that one's findings.

    `actor` None is the system (a command).

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidInput: there are no messages.
    """
    require_permission(actor, project, Permission.CURATE)
    _check_not_empty(content)
    origin = origin or Origin()
    example = GoldenExample.objects.create(
        project=project,
        created_by=actor,
        external_id=origin.external_id,
        source=origin.source,
        imported_split=origin.imported_split,
        metadata=origin.metadata,
    )
    revision = add_revision(example, content, number=1, author=actor, note="")
    findings = inspect(example, revision, content)
    example.save(update_fields=denormalise_revision(example, revision, findings))
    record(
        example,
        EventPayload(Action.CREATE, detail={"findings": len(findings), "source": origin.source}),
        actor=actor,
        before="",
    )
    return example


@transaction.atomic
def revise(
    *, example_id: int, base_number: int, content: Content, actor: User, note: str = ""
) -> Revision:
    """Save a new revision on top of the one the person had in front of them.

    An edit undoes a submission and an approval: the example is a draft again. The person's own
    unsaved draft is thrown away, because it is now saved.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: the example is retired.
        StaleRevision: somebody saved a newer revision since `base_number`.
        InvalidInput: nothing has changed, there are no messages, or the note is too long.
    """
    example = locked_example(example_id)
    ExampleAccess(actor, example).check(Action.REVISE)
    if example.latest_number != base_number:
        raise StaleRevision(
            f"Somebody saved revision {example.latest_number} after you opened "
            f"revision {base_number}. Nothing was overwritten: compare the two and save again."
        )
    _check_not_empty(content)
    if len(note) > MAX_NOTE_LENGTH:
        raise InvalidInput(
            f"The note has {len(note)} characters. Shorten it to {MAX_NOTE_LENGTH} or fewer."
        )
    if content == content_of(example.latest_revision):
        raise InvalidInput(
            f"Nothing has changed since revision {base_number}, so there is nothing to save."
        )
    return _store(example, content, actor=actor, note=note)


def _store(example: GoldenExample, content: Content, *, actor: User, note: str) -> Revision:
    before = move(example, Action.REVISE)
    revision = add_revision(
        example, content, number=example.latest_number + 1, author=actor, note=note
    )
    findings = inspect(example, revision, content)
    columns = denormalise_revision(example, revision, findings)
    example.save(update_fields=[*columns, "state", "approved_revision"])
    forget_draft(example, actor)
    payload = EventPayload(Action.REVISE, reason=note, detail={"findings": len(findings)})
    record(example, payload, actor=actor, before=before)
    return revision


def _check_not_empty(content: Content) -> None:
    if not content.messages:
        raise InvalidInput("An example needs at least one message. Add one and save again.")
