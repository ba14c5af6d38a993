"""Undo the changes of a bulk action, with a few statements for a chunk of examples."""

from collections.abc import Sequence

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from datasets.bulk.actions.targets import Target
from datasets.bulk.actions.touched import UNDO_EVENT
from datasets.bulk.models import BulkItem
from datasets.curation.actions.deletion import restore_all
from datasets.curation.actions.locking import EventPayload, record_events
from datasets.curation.actions.revising_many import Change, add_contents
from datasets.curation.actions.revision_storage import content_of
from datasets.curation.models import GoldenExample
from reviewapp.core.db.updating import update_rows
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


def restore(targets: Sequence[Target]) -> None:
    """Give examples the text, labels, state and approval they had before the bulk action.

    `check_unchanged_since` allowed it. A text or label that was changed returns as a new revision.
    What was approved is approved again, because its content is the approved one.
    """
    original, actor = check_unchanged_since(targets[0]), targets[0].actor
    examples = [target.example for target in targets]
    before = {example.pk: example.state for example in examples}
    _restore_contents([target for target in targets if _is_revised(target)], actor)
    _restore_states(targets, original.action_id)
    payload = EventPayload(UNDO_EVENT, detail={"bulk": original.action_id})
    record_events(examples, payload, actor=actor, before=before)


def _is_revised(target: Target) -> bool:
    return bool(target.example.latest_number != check_unchanged_since(target).number)  # type: ignore[attr-defined]


def _restore_contents(targets: Sequence[Target], actor: User) -> None:
    """Store the contents of the original revisions as the latest ones."""
    if not targets:
        return
    changes = []
    for target in targets:
        revision = check_unchanged_since(target).revision
        note = message("bulk.restored", number=revision.number)
        changes.append(Change(target.example, revision, content_of(revision), note))
    columns, _ = add_contents(changes, actor=actor)
    update_rows([target.example for target in targets], columns)


def _restore_states(targets: Sequence[Target], action_id: int) -> None:
    """Restore the columns that the items hold, in one statement."""
    for target in targets:
        target.example.state = check_unchanged_since(target).was_state
    items = BulkItem.objects.filter(action=action_id, example=OuterRef("pk"))
    ids = [target.example.pk for target in targets]
    GoldenExample.objects.filter(pk__in=ids).update(
        state=Subquery(items.values("was_state")),
        approved_revision=Subquery(items.values("was_approved")),
        imported_split=Subquery(items.values("was_split")),
        updated_at=timezone.now(),
    )


def restore_deleted(targets: Sequence[Target]) -> None:
    """Restore examples that a bulk action deleted, after `check_unchanged_since` allowed it."""
    original = check_unchanged_since(targets[0])
    restore_all(
        [target.example for target in targets],
        EventPayload(UNDO_EVENT, detail={"bulk": original.action_id}),
        actor=targets[0].actor,
    )
