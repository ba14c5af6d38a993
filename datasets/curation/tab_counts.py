"""How many examples each tab of the queue has."""

from dataclasses import dataclass

from django.db.models import Count

from datasets.curation.lifecycle import State
from datasets.curation.models.examples import GoldenExampleQuerySet
from datasets.curation.models.narrowing import (
    is_own_in_review,
    is_returned_to,
    waits_for_review_by,
)
from reviewapp.people.models import User


@dataclass(frozen=True)
class TabCounts:
    """The examples in each state, those that wait for the user's review, those returned to them."""

    states: dict[State, int]
    review: int
    fix: int

    @property
    def everything(self) -> int:
        """The examples of all states."""
        return sum(self.states.values())


def count_tabs(examples: GoldenExampleQuerySet, user: User) -> TabCounts:
    """Return the counts by statements of which each is answered by an index.

    No index finds what others wrote, so the user's own examples are counted and subtracted.
    """
    states = examples.count_by_state()
    own = examples.filter(is_own_in_review(user)).order_by().count()
    return TabCounts(
        states=states,
        review=states[State.IN_REVIEW] - own,
        fix=examples.returned_to(user).order_by().count(),
    )


def count_tabs_at_once(examples: GoldenExampleQuerySet, user: User) -> TabCounts:
    """Return the same by one statement, for examples that take long to find."""
    rows = {
        State(state): numbers
        for state, *numbers in examples.order_by()
        .values_list("state")
        .annotate(
            everything=Count("pk"),
            review=Count("pk", filter=waits_for_review_by(user)),
            fix=Count("pk", filter=is_returned_to(user)),
        )
    }
    everything, review, fix = zip(*(rows.get(state, (0, 0, 0)) for state in State), strict=True)
    return TabCounts(dict(zip(State, everything, strict=True)), sum(review), sum(fix))
