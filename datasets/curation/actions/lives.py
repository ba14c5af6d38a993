"""Retire and reopen examples; reports of broken examples."""

from django.db import transaction

from datasets.curation.actions.locking import (
    EventPayload,
    locked_example,
    move,
    record,
    required_text,
)
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import GoldenExample
from datasets.curation.permissions import ExampleAccess, require_participation
from reviewapp.people.models import User
from reviewapp.people.permissions import permissions_of


@transaction.atomic
def retire(*, example_id: int, actor: User, reason: str) -> GoldenExample:
    """Take an example out of every future dataset version; frozen ones keep it.

    Raises:
        PermissionDeniedError: the actor is neither annotator nor lead.
        InvalidTransition: it is retired already.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    example = locked_example(example_id)
    ExampleAccess(actor, example).check(Action.RETIRE)
    return _change(example, Action.RETIRE, actor, required_text(reason, ask=_ASK_RETIRE))


@transaction.atomic
def reopen(*, example_id: int, actor: User | None, reason: str) -> GoldenExample:
    """Take an example back to draft, out of review, approval or retirement.

    `actor` None is the system.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in this project.
        InvalidTransition: there is nothing to reopen.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    example = locked_example(example_id)
    if actor is not None:
        ExampleAccess(actor, example).check(Action.REOPEN)
    return _change(example, Action.REOPEN, actor, required_text(reason, ask=_ASK_REOPEN))


@transaction.atomic
def report_broken(*, example_id: int, actor: User, reason: str) -> GoldenExample:
    """Open an example again for curation, because a reviewer could not judge its prompt.

    One that is being worked on, or is retired, stays as it is; the event tells of the report.

    Raises:
        PermissionDeniedError: the actor neither curates nor reviews in this project.
        InvalidInput: the reason is empty or longer than 500 characters.
    """
    example = locked_example(example_id)
    require_participation(permissions_of(actor, example.project), example.project)
    reason = required_text(reason, ask=_ASK_REOPEN)
    if example.state in {State.APPROVED, State.IN_REVIEW}:
        return _change(example, Action.REOPEN, actor, reason)
    record(example, EventPayload(REPORTED_BROKEN, reason=reason), actor=actor, before=example.state)
    return example


REPORTED_BROKEN = "report_broken"
"""The action of the event of a report that changed no state."""

_ASK_RETIRE = "Say why this example is retired, so that nobody brings it back by mistake."
_ASK_REOPEN = "Say why this example is reopened, so that its author knows what to do."


def _change(
    example: GoldenExample, action: Action, actor: User | None, reason: str
) -> GoldenExample:
    before = move(example, action)
    example.save(update_fields=["state", "approved_revision", "updated_at"])
    record(example, EventPayload(action, reason=reason), actor=actor, before=before)
    return example
