"""Pages of a list that begin after a row: no row is shown twice or left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, QuerySet, Value
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

PAGE_SIZE = 50

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """Rows in order; `before` and `after` are the ids that request the neighbouring pages."""

    rows: list[Row]
    before: int | None
    after: int | None


def page_by_id(
    rows: QuerySet[Row], *, after: int | None = None, before: int | None = None
) -> KeysetPage[Row]:
    """Return the first page, the page after an id, or the page before an id.

    Costs one query: one row more than is shown tells whether there is another page.
    """
    if before is not None:
        found = list(rows.filter(pk__lt=before).order_by("-pk")[: PAGE_SIZE + 1])
        shown = found[:PAGE_SIZE][::-1]
        return _page(shown, has_before=len(found) > PAGE_SIZE, has_after=True)
    later = rows if after is None else rows.filter(pk__gt=after)
    found = list(later.order_by("pk")[: PAGE_SIZE + 1])
    return _page(found[:PAGE_SIZE], has_before=after is not None, has_after=len(found) > PAGE_SIZE)


@dataclass(frozen=True)
class SortedPage(Generic[Row]):
    """Rows in order; `before` and `after` are the values that request the neighbouring pages."""

    rows: list[Row]
    before: tuple[Any, ...] | None
    after: tuple[Any, ...] | None


def page_by_values(
    rows: QuerySet[Row],
    names: Sequence[str],
    *,
    is_descending: bool = False,
    after: Sequence[Any] | None = None,
    before: Sequence[Any] | None = None,
    limit: int | None = None,
) -> SortedPage[Row]:
    """Return a page in the order of some fields or annotations, none of them null, and the id.

    `after` and `before` are values of a row: of `names` and its id. They need not exist any more.
    """
    limit = limit or PAGE_SIZE
    columns = [*names, "pk"]
    is_back = before is not None
    edge = before if is_back else after
    found = list(_beyond(rows, columns, edge, reads_down=is_descending != is_back)[: limit + 1])
    has_more, shown = len(found) > limit, found[:limit]
    if not shown:
        return SortedPage([], None, None)
    if is_back:
        shown.reverse()
    first, last = (tuple(getattr(row, name) for name in columns) for row in (shown[0], shown[-1]))
    has_before, has_after = (has_more, True) if is_back else (after is not None, has_more)
    return SortedPage(shown, first if has_before else None, last if has_after else None)


def neighbours(
    rows: QuerySet[Row],
    names: Sequence[str],
    place: Sequence[Any],
    *,
    is_descending: bool = False,
    limits: tuple[int, int],
) -> tuple[list[Row], list[Row]]:
    """Return the rows just before and just after a place, each in order, with one query.

    `place` and `names` are those of `page_by_values`; `limits` are the most rows of each side.
    """
    columns = [*names, "pk"]
    sides = [
        _beyond(rows, columns, place, reads_down=is_descending != is_before).annotate(
            is_before=Value(is_before)
        )[:limit]
        for is_before, limit in zip((True, False), limits, strict=True)
    ]
    order = _ordered(columns, is_descending=is_descending)
    found = list(sides[0].union(sides[1], all=True).order_by(*order))
    before = [row for row in found if getattr(row, "is_before", False)]
    return before, found[len(before) :]


def _beyond(
    rows: QuerySet[Row], columns: Sequence[str], edge: Sequence[Any] | None, *, reads_down: bool
) -> QuerySet[Row]:
    """Return the rows beyond an edge, or all without one, in the direction of reading."""
    if edge is not None:
        beyond = TupleLessThan if reads_down else TupleGreaterThan
        rows = rows.filter(beyond(Tuple(*map(F, columns)), tuple(edge)))
    return rows.order_by(*_ordered(columns, is_descending=reads_down))


def _ordered(columns: Sequence[str], *, is_descending: bool) -> list[str]:
    return [f"-{name}" if is_descending else name for name in columns]


def rows_and_next(
    rows: QuerySet[Row], *, limit: int = PAGE_SIZE, by: str = "pk"
) -> tuple[list[Row], int | None]:
    """Return the first rows, and what requests those after them: `by` of the last, or None."""
    # One row more than is returned tells whether there is another page.
    found = list(rows[: limit + 1])
    shown = found[:limit]
    return shown, getattr(shown[-1], by) if len(found) > limit else None


def newest_first(
    rows: QuerySet[Row], *, before: int | None, limit: int = PAGE_SIZE, by: str = "pk"
) -> tuple[list[Row], int | None]:
    """Return `rows_and_next` of those before a row, by a number that grows; of all for None."""
    earlier = rows if before is None else rows.filter(**{f"{by}__lt": before})
    return rows_and_next(earlier.order_by(f"-{by}"), limit=limit, by=by)


def _page(shown: list[Row], *, has_before: bool, has_after: bool) -> KeysetPage[Row]:
    if not shown:
        return KeysetPage([], None, None)
    return KeysetPage(
        shown, shown[0].pk if has_before else None, shown[-1].pk if has_after else None
    )
