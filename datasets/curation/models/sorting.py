"""The orders of the queue: what each sorts by, and the places at which its pages begin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, TypeVar

from django.db.models import (
    BigIntegerField,
    Case,
    F,
    Func,
    Model,
    QuerySet,
    SmallIntegerField,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from datasets.curation.filters import UNASSIGNED, ExampleFilter, MineFilter, SortKey
from datasets.curation.lifecycle import State
from reviewapp.core.paging import SortedPage, neighbours, page_by_values
from reviewapp.people.models import User

Row = TypeVar("Row", bound=Model)

Place = tuple[Any, ...]
"""The values of a row that a page begins after: those of its order, and the id."""

_SEPARATOR: Final = "~"
MAX_DIGITS: Final = 19
NO_USER: Final = 0


def state_rank() -> Case:
    """Return the place of an example's state in its life cycle; an index has this expression."""
    whens = (When(state=state.value, then=Value(rank)) for rank, state in enumerate(State))
    return Case(*whens, default=Value(len(State)), output_field=SmallIntegerField())


def due_date() -> Coalesce:
    """Return the due date of an example, those without one last; an index has this expression."""
    return Coalesce("due_on", Value(date.max))


@dataclass(frozen=True)
class _Term:
    """A value to sort by, as an expression that is never null; `parse` reads it from a URL."""

    expression: Combinable
    parse: Callable[[str], Any]


@dataclass(frozen=True)
class Order:
    """An order of examples, by terms and then by id.

    Attributes:
        reads_all: no index has the order, so that all examples that match are read and sorted.
        looked_up: leaves out of a URL all terms but the last, which tells the others: a name has
            no place in an address, which logs keep.
    """

    terms: tuple[_Term, ...] = ()
    is_descending: bool = False
    reads_all: bool = False
    looked_up: Callable[[Any], tuple[Any, ...]] | None = None

    def page(
        self,
        examples: QuerySet[Row],
        *,
        after: Place | None = None,
        before: Place | None = None,
        limit: int | None = None,
    ) -> SortedPage[Row]:
        """Return the examples after or before a place, or the first ones."""
        placed = self.with_place(examples)
        # To sort 100,000 whole rows takes twice as long as to sort their ids.
        page = page_by_values(
            placed.select_related(None).only("pk", "project") if self.reads_all else placed,
            [*self._annotations],
            is_descending=self.is_descending,
            after=after,
            before=before,
            limit=limit,
        )
        if not self.reads_all:
            return page
        whole = examples.in_bulk([row.pk for row in page.rows])
        return replace(page, rows=[whole[row.pk] for row in page.rows if row.pk in whole])

    def place_of(self, example_id: int, examples: QuerySet[Row]) -> Place:
        """Return the place of one of these examples at present."""
        if not self.terms:
            return (example_id,)
        placed = self.with_place(examples).select_related(None).only("pk")
        return self.place_in(placed.get(pk=example_id))

    def with_place(self, examples: QuerySet[Row]) -> QuerySet[Row]:
        """Annotate examples with what `place_in` reads."""
        with_place: QuerySet[Row] = examples.annotate(**self._annotations)
        return with_place

    def place_in(self, example: Model) -> Place:
        """Return the place of an example that was read with `with_place`."""
        return (*(getattr(example, name) for name in self._annotations), example.pk)

    def around(
        self, examples: QuerySet[Row], place: Place, *, before: int, after: int
    ) -> tuple[list[Row], list[Row]]:
        """Return the examples just before and just after a place, with one query."""
        return neighbours(
            self.with_place(examples),
            [*self._annotations],
            place,
            is_descending=self.is_descending,
            limits=(before, after),
        )

    def narrowed(self, place: Place) -> Place:
        """Return a place of the whole order of its `sort` as one of this, which may be a part."""
        return place[-len(self.terms) - 1 :]

    @property
    def _annotations(self) -> dict[str, Combinable]:
        """The expressions to sort by, each with the name of its annotation."""
        return {f"sort_{number}": term.expression for number, term in enumerate(self.terms)}

    def read_place(self, text: str) -> Place | None:
        """Return the place that a URL names; None if it is malformed, or of another order."""
        written = self.terms[-1:] if self.looked_up else self.terms
        # Only the first value can be a text, which may contain anything.
        parts = text.rsplit(_SEPARATOR, len(written))
        parsers = [*(term.parse for term in written), _id]
        try:
            found = tuple(parse(part) for parse, part in zip(parsers, parts, strict=True))
        except ValueError:
            return None
        return (*self.looked_up(found[0]), *found) if self.looked_up else found

    def place_text(self, place: Place | None) -> str:
        """Return a place of this order for a URL; empty for none."""
        if place is None:
            return ""
        written = place[-2:] if self.looked_up else place
        return _SEPARATOR.join(
            part.isoformat() if isinstance(part, date) else str(part) for part in written
        )


def _id(text: str) -> int:
    return _whole(text, 2**63)


def _number(text: str) -> int:
    return _whole(text, 2**31)


def _small(text: str) -> int:
    return _whole(text, 2**15)


def _whole(text: str, limit: int) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > MAX_DIGITS or int(text) >= limit:
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


def _text(text: str) -> str:
    return text.replace("\x00", "")


class _PersonName(Func):
    """The name of the user with an id, as the queue shows it; empty for nobody.

    The names are read once for a statement: a look-up for each of 100,000 examples takes a second.
    """

    template = (
        "coalesce((SELECT jsonb_object_agg(id, coalesce(nullif(name, ''), email)) FROM people_user)"
        " ->> (%(expressions)s)::text, '')"
    )
    output_field = TextField()


def _person_terms(user_id: str) -> tuple[_Term, ...]:
    """Return the terms of an order by the user in a column: who they are, nobody last."""
    number = Coalesce(F(user_id), Value(NO_USER), output_field=BigIntegerField())
    has_no_user = Case(
        When(**{f"{user_id}__isnull": True}, then=Value(1)),
        default=Value(0),
        output_field=SmallIntegerField(),
    )
    return (
        _Term(has_no_user, _small),
        _Term(_PersonName(F(user_id)), str),
        _Term(number, _id),
    )


def _person_values(user_id: int) -> tuple[int, str]:
    """Return the values of the terms before a user's id; those of nobody if there is none."""
    found = User.objects.filter(pk=user_id).values_list("name", "email").first()
    return (1, "") if found is None else (0, found[0] or found[1])


_TERMS: Final[Mapping[SortKey, tuple[_Term, ...]]] = {
    SortKey.AGE: (_Term(F("created_at"), _moment),),
    SortKey.UPDATED: (_Term(F("updated_at"), _moment),),
    SortKey.STATE: (_Term(state_rank(), _small),),
    SortKey.INTENT: (_Term(F("intent_name"), _text),),
    SortKey.LANGUAGE: (_Term(F("language"), _text),),
    SortKey.FINDINGS: (_Term(F("blocking_findings"), _small), _Term(F("open_findings"), _small)),
    SortKey.DUE: (_Term(due_date(), date.fromisoformat),),
    SortKey.MESSAGES: (_Term(F("message_count"), _small),),
    SortKey.TOKENS: (_Term(F("tokens"), _number),),
    SortKey.SOURCE: (_Term(F("source"), _text),),
    SortKey.COMMENTS: (_Term(F("comment_count"), _number),),
    SortKey.AUTHOR: _person_terms("authors__0"),
    SortKey.REVIEWER: _person_terms("reviewed_by"),
    SortKey.ASSIGNEE: _person_terms("assignment__assignee"),
}
# A great age is an early date.
_OPPOSITE: Final = frozenset({SortKey.AGE})
_BY_NAMES: Final = frozenset({SortKey.AUTHOR, SortKey.REVIEWER, SortKey.ASSIGNEE})


def order_of(example_filter: ExampleFilter) -> Order:
    """Return the order that a filter asks for."""
    order = whole_order_of(example_filter.sort)
    return replace(order, terms=()) if _is_constant(example_filter) else order


def whole_order_of(sort: str) -> Order:
    """Return the order of a `sort` with all of its terms, whatever a filter makes equal."""
    if not sort:
        return Order()
    key = SortKey(sort.removeprefix("-"))
    is_descending = sort.startswith("-") != (key in _OPPOSITE)
    if key in _BY_NAMES:
        return Order(_TERMS[key], is_descending, reads_all=True, looked_up=_person_values)
    return Order(_TERMS[key], is_descending)


def _is_constant(example_filter: ExampleFilter) -> bool:
    """Return whether all examples of the filter are equal in its key, which the database misses.

    It would walk the whole order to where they begin.
    """
    key = example_filter.sort.removeprefix("-")
    if key == SortKey.STATE:
        one_state = (MineFilter.REVIEW, MineFilter.FIX)
        return bool(example_filter.state) or example_filter.mine in one_state
    return key in {SortKey.DUE, SortKey.ASSIGNEE} and example_filter.assignee == UNASSIGNED
