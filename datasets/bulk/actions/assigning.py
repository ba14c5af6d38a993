"""Assign the examples of a bulk action, and restore who worked on them before."""

from collections.abc import Sequence
from datetime import date

from datasets.assignments.actions import change_all
from datasets.assignments.changes import Change
from datasets.bulk.actions.restoring import check_unchanged_since
from datasets.bulk.actions.targets import Target
from datasets.bulk.actions.touched import UNDO_EVENT
from datasets.bulk.models import Outcome


def check_assignment(target: Target) -> None:
    """Check that an example can be assigned, and store in its item who gets it.

    Raises:
        DomainError: nobody can get it, or the actor may not assign it.
    """
    item, dealing = target.item, target.dealing
    is_dealt = item.outcome == Outcome.READY
    member = item.assignee_id if is_dealt else dealing.deal(target.example)
    dealing.check(target.example, Change(member, _due_on(target)))
    if not is_dealt:
        item.assignee_id = member
        dealing.count(target.example, member)


def assign_targets(targets: Sequence[Target]) -> None:
    """Assign the examples that `check_assignment` allowed."""
    changes = [
        (target.example, Change(target.item.assignee_id, _due_on(target))) for target in targets
    ]
    change_all(changes, actor=targets[0].actor, bulk=targets[0].item.action_id)


def _due_on(target: Target) -> date | None:
    due_on = target.params.get("due_on")
    return date.fromisoformat(due_on) if due_on else None


def check_earlier_assignment(target: Target) -> None:
    """Check that the member who had an example before a bulk assignment can get it back.

    Raises:
        DomainError: it was changed since, or that member may not edit any more.
    """
    check_unchanged_since(target)
    target.dealing.check(target.example, target.dealing.earlier[target.example.pk])


def restore_assignments(targets: Sequence[Target]) -> None:
    """Give examples back to those who had them before a bulk assignment."""
    original = check_unchanged_since(targets[0])
    changes = [(target.example, target.dealing.earlier[target.example.pk]) for target in targets]
    change_all(changes, actor=targets[0].actor, action=UNDO_EVENT, bulk=original.action_id)
