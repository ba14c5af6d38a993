"""Read what a service lists, page by page."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Row = TypeVar("Row")


def listed(rows: Iterable[Row], limit: int) -> Iterator[Row]:
    """Yield up to `limit` rows, and stop at the first whose id came before.

    The SDK asks for pages until one is empty or says that it is the last. Azure lists all files in
    each page and says nothing, so that it would be asked for the same rows without end.
    """
    known: set[Any] = set()
    for row in islice(rows, limit):
        row_id = getattr(row, "id", None)
        if row_id in known:
            return
        known.add(row_id)
        yield row
