"""Pages of a list that begin after a row: no row is shown twice or left out."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

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
