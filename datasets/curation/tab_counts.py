"""How many examples each tab of the queue has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q

from datasets.curation.filters import ExampleFilter, MineFilter
from datasets.curation.lifecycle import State
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.models.narrowing import (
    OPEN,
    is_own_in_review,
    is_returned_to,
    waits_for_review_by,
)
from reviewapp.people.models import User

MAX_COUNTED: Final = 1000
"""Examples that a frequent word finds, or that a user is assigned, are counted up to so many."""


@dataclass(frozen=True)
class TabCount:
    """The number of examples of a tab; if `is_bound`, there are at least so many.

    A bound has one digit that is not 0, as the others say nothing of the real number.
    """

    number: int
    is_bound: bool = False

    @property
    def is_known(self) -> bool:
        """Whether it says anything."""
        return not self.is_bound or self.number > 0


Tab = tuple[str, str]
"""The state and the `mine` of a tab; both are empty for all examples."""

TabCounts = Mapping[Tab, TabCount]
_ALL: Final[Tab] = ("", "")
_ASSIGNED: Final[Tab] = ("", MineFilter.ASSIGNED)


def count_tabs(
    examples: GoldenExampleQuerySet, example_filter: ExampleFilter, user: User
) -> TabCounts:
    """Return the counts of the tabs and of the filter's list, each by a statement of an index.

    No index finds what others wrote, so the user's own examples are counted and subtracted. Those
    assigned to the user are in two tables: counting 18,000 of them takes as long as all the rest.
    """
    states = examples.count_by_state()
    own = examples.filter(is_own_in_review(user)).order_by().count()
    shown = (example_filter.state, example_filter.mine)
    numbers: dict[Tab, int] = {
        _ALL: sum(states.values()),
        ("", MineFilter.REVIEW): states[State.IN_REVIEW] - own,
        ("", MineFilter.FIX): examples.returned_to(user).order_by().count(),
        **{(state, ""): number for state, number in states.items()},
    }
    if shown not in numbers:  # The assigned ones, or what a URL combines and no tab does.
        numbers[shown] = examples.in_tab(example_filter, user=user).order_by().count()
    counts = {tab: TabCount(number) for tab, number in numbers.items()}
    if _ASSIGNED not in counts:
        counts[_ASSIGNED] = _count_to_bound(examples.filter(_is_assigned_to(user)))
    return counts


def count_tabs_of_many(
    examples: GoldenExampleQuerySet,
    example_filter: ExampleFilter,
    user: User,
    *,
    first: GoldenExampleQuerySet | None = None,
) -> TabCounts:
    """Return the same for examples that a frequent word finds, bounds if there are too many.

    Counting all takes longer than the page. Without an order the first that the database meets
    are counted, and those of the tab that is shown by themselves.

    Args:
        first: more than `MAX_COUNTED` of the examples, if some are known.
    """
    conditions: dict[Tab, Q] = {
        _ALL: Q(),
        ("", MineFilter.REVIEW): waits_for_review_by(user),
        ("", MineFilter.FIX): is_returned_to(user),
        _ASSIGNED: _is_assigned_to(user),
        **{(state, ""): Q(state=state) for state in State},
    }
    counted = examples.order_by()[: MAX_COUNTED + 1] if first is None else first.order_by()
    found = counted.aggregate(
        **{f"tab_{at}": Count("pk", filter=where) for at, where in enumerate(conditions.values())}
    )
    numbers = {tab: found[f"tab_{at}"] for at, tab in enumerate(conditions)}
    is_bound = numbers[_ALL] > MAX_COUNTED
    counts = {
        tab: _bound(number) if is_bound else TabCount(number) for tab, number in numbers.items()
    }
    shown = (example_filter.state, example_filter.mine)
    if shown not in counts or (is_bound and shown != _ALL):
        counts[shown] = _count_to_bound(examples.in_tab(example_filter, user=user))
    return counts


def _count_to_bound(examples: GoldenExampleQuerySet) -> TabCount:
    number = examples.order_by()[: MAX_COUNTED + 1].count()
    return TabCount(min(number, MAX_COUNTED), is_bound=number > MAX_COUNTED)


def _is_assigned_to(user: User) -> Q:
    return OPEN & Q(assignment__assignee=user)


def _bound(number: int) -> TabCount:
    unit: int = 10 ** (len(str(number)) - 1)
    return TabCount(min(number // unit * unit, MAX_COUNTED), is_bound=True)
