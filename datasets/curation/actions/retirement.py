"""Retire and reopen examples, and report broken ones."""

from django.db import transaction
from django.utils.translation import gettext_lazy

from datasets.curation.actions.locking import (
    EventPayload,
    apply_transition,
    locked_example,
    record_event,
    required_text,
)
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import GoldenExample
from datasets.curation.permissions import ExampleAccess, require_participation
from reviewapp.people.models import User
from reviewapp.people.permissions import permissions_of


@transaction.atomic
def retire(*, example_id: int, actor: User, reason: str) -> GoldenExample:
    """Retire an example: new dataset versions leave it out, frozen ones keep it.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: it is retired already.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    example = locked_example(example_id)
    ExampleAccess(actor, example).check(Action.RETIRE)
    return _change(
        example,
        Action.RETIRE,
        actor,
        required_text(reason, message_if_empty=str(_RETIREMENT_NEEDS_REASON)),
    )


@transaction.atomic
def reopen(*, example_id: int, actor: User | None, reason: str) -> GoldenExample:
    """Return an example to draft, from review, approval or retirement.

    `actor` None is the system.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in this project.
        InvalidTransition: there is nothing to reopen.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    example = locked_example(example_id)
    if actor is not None:
        ExampleAccess(actor, example).check(Action.REOPEN)
    return _change(
        example,
        Action.REOPEN,
        actor,
        required_text(reason, message_if_empty=str(_REOPENING_NEEDS_REASON)),
    )


@transaction.atomic
def report_broken(*, example_id: int, actor: User, reason: str) -> GoldenExample:
    """Reopen an example because a reviewer who votes could not judge its prompt.

    A draft, a retired example or one with requested changes keeps its state. The event of the
    report is the same in any state.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in this project.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    example = locked_example(example_id)
    require_participation(permissions_of(actor, example.project), example.project)
    reason = required_text(reason, message_if_empty=str(_REOPENING_NEEDS_REASON))
    before = State(example.state)
    if before in {State.APPROVED, State.IN_REVIEW}:
        apply_transition(example, Action.REOPEN)
        example.save(update_fields=CHANGED_BY_TRANSITION)
    record_event(example, EventPayload(REPORTED_BROKEN, reason=reason), actor=actor, before=before)
    return example


REPORTED_BROKEN = "report_broken"
"""The action of the event of a report, with the reviewer's note as its reason."""
CHANGED_BY_TRANSITION = ("state", "approved_revision", "updated_at")

_RETIREMENT_NEEDS_REASON = gettext_lazy("Give the reason for retiring this example.")
_REOPENING_NEEDS_REASON = gettext_lazy(
    "Give the reason for reopening this example, for its author."
)


def _change(
    example: GoldenExample, action: Action, actor: User | None, reason: str
) -> GoldenExample:
    before = apply_transition(example, action)
    example.save(update_fields=CHANGED_BY_TRANSITION)
    record_event(example, EventPayload(action, reason=reason), actor=actor, before=before)
    return example
