"""Delete examples that were never approved, and restore them."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils import timezone

from datasets.curation.actions.locking import EventPayload, record_events
from datasets.curation.lifecycle import DELETED
from datasets.curation.models import GoldenExample
from reviewapp.people.models import User


def delete_all(examples: Sequence[GoldenExample], payload: EventPayload, *, actor: User) -> None:
    """Delete locked examples that `ExampleAccess.check(Action.DELETE)` allowed, with an event each.

    Pages, files and the API leave them out from now on; their text stays, so that they can be
    restored. A trigger rejects an example that was ever approved.
    """
    now = timezone.now()
    _rows(examples).update(deleted_at=now, updated_at=now)
    before = {example.pk: example.state for example in examples}
    record_events(examples, payload, actor=actor, before=before, after=DELETED)


def restore_all(examples: Sequence[GoldenExample], payload: EventPayload, *, actor: User) -> None:
    """Restore locked examples that were deleted, with an event each."""
    _rows(examples).update(deleted_at=None, updated_at=timezone.now())
    before = dict.fromkeys((example.pk for example in examples), DELETED)
    record_events(examples, payload, actor=actor, before=before)


def _rows(examples: Sequence[GoldenExample]) -> "QuerySet[GoldenExample]":
    return GoldenExample.with_deleted.filter(pk__in=[example.pk for example in examples])
