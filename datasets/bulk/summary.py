"""What a bulk action can change, has changed and has left out, in numbers."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import pgettext

from datasets.bulk.models import BulkAction, BulkItem, BulkKind, Outcome
from datasets.bulk.texts import group_reason
from datasets.curation.lifecycle import State
from datasets.curation.texts import STATE_LABELS
from reviewapp.people.models import User

SHOWN_EXAMPLES = 5


@dataclass(frozen=True)
class Group:
    """Examples that are left out for the same reason, the first few by number."""

    code: str
    text: str
    count: int
    example_ids: list[int]

    @property
    def more(self) -> int:
        """How many are not in `example_ids`."""
        return self.count - len(self.example_ids)


@dataclass(frozen=True)
class Summary:
    """The examples of a bulk action by outcome.

    Attributes:
        assignees: who gets or got how many, of an assignment.
        states: the states of those that can be changed, with their numbers.
    """

    ready: int
    changed: int
    rejected: int
    groups: list[Group]
    states: list[tuple[str, int]]
    assignees: list[tuple[str, int]]


def summary_of(action: BulkAction) -> Summary:
    """Return the numbers of a bulk action, in a few queries whatever its size."""
    by_outcome = dict(action.items.order_by().values_list("outcome").annotate(count=Count("pk")))
    ready = action.items.filter(outcome=Outcome.READY).order_by()
    states = dict(ready.values_list("was_state").annotate(count=Count("pk")))
    return Summary(
        ready=by_outcome.get(Outcome.READY, 0),
        changed=by_outcome.get(Outcome.CHANGED, 0),
        rejected=by_outcome.get(Outcome.REJECTED, 0),
        groups=list(_groups(action)),
        states=[(str(STATE_LABELS[state]), states[state]) for state in State if state in states],
        assignees=_assignees(action) if action.kind == BulkKind.ASSIGN else [],
    )


def may_undo(action: BulkAction, summary: Summary) -> bool:
    """Return whether a bulk action has changed examples that no undo of it has restored yet."""
    if not action.has_changed or action.kind == BulkKind.UNDO:
        return False
    restored = BulkItem.objects.filter(action__undoes=action, outcome=Outcome.CHANGED)
    return restored.count() < summary.changed


def _assignees(action: BulkAction) -> list[tuple[str, int]]:
    given = action.items.filter(outcome__in=[Outcome.READY, Outcome.CHANGED]).order_by()
    counts = dict(given.values_list("assignee").annotate(count=Count("pk")))
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=[*counts])}
    # Translators: shown in place of the member who gets examples.
    unassigned = pgettext("assignee", "Nobody")
    return sorted((names.get(member, unassigned), count) for member, count in counts.items())


def _groups(action: BulkAction) -> Iterable[Group]:
    rejected = action.items.filter(outcome=Outcome.REJECTED)
    reasons = rejected.order_by().values_list("reason__code", "reason__params__state")
    for code, state, count in reasons.annotate(count=Count("pk")).order_by("-count"):
        same = rejected.filter(reason__code=code, **_with_state(state)).order_by("example_id")
        shown = list(same[:SHOWN_EXAMPLES])
        yield Group(code, group_reason(shown[0].reason), count, [item.example_id for item in shown])


def _with_state(state: str | None) -> dict[str, str]:
    return {} if state is None else {"reason__params__state": state}
