"""Decisions on many examples, with a few statements for all of them.

The examples are locked, and `ExampleAccess.check` allowed the action on each: a bulk action does
both for a chunk of examples, with the rules of the single action.
"""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from datasets.curation.actions.locking import EventPayload, apply_transition, record_events
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import GoldenExample, Review, Revision
from datasets.curation.models.reviews import ReviewDecision
from reviewapp.people.models import User

_DECISIONS = {
    Action.APPROVE: Review.Decision.APPROVE,
    Action.REQUEST_CHANGES: Review.Decision.REQUEST_CHANGES,
}


def transition_all(
    examples: Collection[GoldenExample], action: Action, *, actor: User, reason: str
) -> None:
    """Set the state of examples after an action, with an event each.

    An approval or a request for changes stores a review of the latest revision of each.
    """
    before = {example.pk: apply_transition(example, action) for example in examples}
    (after,) = {example.state for example in examples}
    latest = Revision.objects.filter(example=OuterRef("pk"), number=OuterRef("latest_number"))
    columns: dict[str, Any] = {"state": after, "updated_at": timezone.now()}
    approved = Subquery(latest.values("pk")) if after == State.APPROVED else None
    _update(before, {**columns, "approved_revision": approved})
    if decision := _DECISIONS.get(action):
        _review(before, decision, actor, reason)
    record_events(examples, EventPayload(action, reason=reason), actor=actor, before=before)


def set_split_of_all(examples: Collection[GoldenExample], split: str, *, actor: User) -> None:
    """Give examples a split, or with an empty one let it be drawn, with an event each."""
    details = {
        example.pk: {"before": example.imported_split, "after": split} for example in examples
    }
    _update(details, {"imported_split": split, "updated_at": timezone.now()})
    states = {example.pk: example.state for example in examples}
    payload = EventPayload("set_split")
    record_events(examples, payload, actor=actor, before=states, details=details)


def _update(ids: Collection[int], columns: Mapping[str, Any]) -> None:
    GoldenExample.objects.filter(pk__in=ids).update(**columns)


def _review(ids: Collection[int], decision: ReviewDecision, reviewer: User, comment: str) -> None:
    latest = Revision.objects.filter(example__in=ids, number=F("example__latest_number"))
    Review.objects.bulk_create(
        Review(revision_id=revision_id, reviewer=reviewer, decision=decision, comment=comment)
        for revision_id in latest.order_by("example").values_list("pk", flat=True)
    )
