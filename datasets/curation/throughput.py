"""The examples of a project by state at the end of each day, and what was done on each day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, F
from django.db.models.functions import TruncDate
from django.utils import timezone

from datasets.curation.lifecycle import Action, State
from datasets.curation.models import ExampleEvent, GoldenExample
from reviewapp.people.models import Project

PERIOD = timedelta(days=60)
PACE_DAYS = 14
IN_WORK = (State.DRAFT, State.IN_REVIEW, State.CHANGES_REQUESTED)


@dataclass(frozen=True)
class CurationHistory:
    """The curation of a project over the last days, in UTC.

    Attributes:
        days: each day from the first change in the period to today.
        states: for each day, the examples in each state at its end; today's are the present ones.
        submitted, approved: examples by day, as often as it happened.
    """

    days: list[date]
    states: list[dict[State, int]]
    submitted: Mapping[date, int]
    approved: Mapping[date, int]

    @property
    def in_work(self) -> int:
        """Examples that are neither approved nor retired now."""
        return sum(self.states[-1][state] for state in IN_WORK)

    @property
    def days_left(self) -> int | None:
        """Days until all are approved at the pace of the last 14 days; None without a pace."""
        recent = self.days[-PACE_DAYS:]
        approved = sum(self.approved.get(day, 0) for day in recent)
        if not approved or not self.in_work:
            return None
        return max(1, round(self.in_work * len(recent) / approved))


def curation_history(project: Project) -> CurationHistory:
    """Return the curation of the last 60 days, counted back from the present states.

    Takes three queries, whatever the number of examples.
    """
    today = timezone.now().astimezone(UTC).date()
    since = datetime.combine(today - PERIOD, datetime.min.time(), UTC)
    present = GoldenExample.objects.filter(project=project).count_by_state()
    changes, actions = _changes(project, since)
    created = _created(project, since)
    first = min([*changes, *created], default=today)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    states, counts = [], dict(present)
    for day in reversed(days):
        states.append({state: max(0, counts[state]) for state in State})
        for state, number in changes[day].items():
            counts[state] -= number
        counts[State.DRAFT] -= created.get(day, 0)
    return CurationHistory(days, states[::-1], actions[Action.SUBMIT], actions[Action.APPROVE])


def _changes(
    project: Project, since: datetime
) -> tuple[dict[date, Counter[State]], dict[str, dict[date, int]]]:
    """Return the change of the number in each state by day, and the number of each action."""
    changes: dict[date, Counter[State]] = defaultdict(Counter)
    actions: dict[str, dict[date, int]] = defaultdict(dict)
    moves = (
        ExampleEvent.objects.filter(project=project, at__gte=since)
        .exclude(before="")
        .exclude(before=F("after"))
        .order_by()
        .annotate(day=TruncDate("at", tzinfo=UTC))
        .values_list("day", "action", "before", "after")
        .annotate(examples=Count("*"))
    )
    for day, action, before, after, examples in moves:
        actions[action][day] = actions[action].get(day, 0) + examples
        # A deleted example is in no state.
        if after in set(State):
            changes[day][State(after)] += examples
        if before in set(State):
            changes[day][State(before)] -= examples
    return changes, actions


def _created(project: Project, since: datetime) -> dict[date, int]:
    """Return the number of new examples by day; each begins as a draft."""
    found = GoldenExample.with_deleted.filter(project=project, created_at__gte=since).order_by()
    days = found.annotate(day=TruncDate("created_at", tzinfo=UTC)).values_list("day")
    return dict(days.annotate(examples=Count("*")))
