"""Undo the change of a bulk action to one example."""

from collections.abc import Sequence

from django.utils import timezone

from datasets.bulk.actions.targets import Target
from datasets.bulk.actions.touched import UNDO_EVENT
from datasets.bulk.models import BulkItem
from datasets.curation.actions.deletion import restore_all
from datasets.curation.actions.locking import EventPayload, record_event
from datasets.curation.actions.revision_storage import (
    add_revision,
    content_of,
    denormalise_revision,
    inspect,
)
from datasets.curation.models import GoldenExample
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import User


def check_unchanged_since(target: Target) -> BulkItem:
    """Return the item to restore.

    Raises:
        InvalidTransition: the example was changed after the bulk action, or a deleted one exists
            again.
    """
    original = target.original
    if original is None or target.latest_event != original.event:
        raise InvalidTransition(message("bulk.changed_since"))
    if target.is_recreated:
        raise InvalidTransition(message("bulk.recreated"))
    return original


def restore(target: Target) -> None:
    """Give an example the text, labels, state and approval it had before the bulk action.

    A text or label that was changed returns as a new revision. What was approved is approved again,
    because its content is the approved one.

    Raises:
        InvalidTransition: the example was changed after the bulk action.
    """
    original, example = check_unchanged_since(target), target.example
    before = example.state
    columns = {"state", "approved_revision", "imported_split", "updated_at"}
    if example.latest_number != original.revision.number:
        columns.update(_restore_content(example, original, actor=target.actor))
    example.state = original.was_state
    example.approved_revision_id = original.was_approved_id
    example.imported_split = original.was_split
    example.updated_at = timezone.now()
    example.save(update_fields=columns)
    payload = EventPayload(UNDO_EVENT, detail={"bulk": original.action_id})
    record_event(example, payload, actor=target.actor, before=before)


def restore_deleted(targets: Sequence[Target]) -> None:
    """Restore examples that a bulk action deleted, after `check_unchanged_since` allowed it."""
    original = check_unchanged_since(targets[0])
    restore_all(
        [target.example for target in targets],
        EventPayload(UNDO_EVENT, detail={"bulk": original.action_id}),
        actor=targets[0].actor,
    )


def _restore_content(example: GoldenExample, original: BulkItem, *, actor: User) -> list[str]:
    """Store the content of the original revision as the latest one; return changed columns."""
    content, number = content_of(original.revision), original.revision.number
    revision = add_revision(
        example,
        content,
        number=example.latest_number + 1,
        author=actor,
        note=message("bulk.restored", number=number),
    )
    findings = inspect(example, revision, content, earlier_number=number)
    return denormalise_revision(example, revision, findings)
