"""Schemas that every part of the API shares."""

from typing import Annotated, Any

from ninja import Field, Query, Schema

from reviewapp.core.paging import KeysetPage

# The range of ids in PostgreSQL; a larger number is not found instead of a server error.
ObjectId = Annotated[int, Field(gt=0, le=2**63 - 1)]
# Where the previous page ended; to be sent back unchanged.
Cursor = Annotated[int | None, Query(gt=0, le=2**63 - 1)]


class Problem(Schema):
    """RFC 9457 problem details; `detail` is a sentence that tells the client what to do."""

    type: str
    title: str
    status: int
    detail: str


def next_cursor(page: KeysetPage[Any]) -> str | None:
    """Return the cursor of the next page; None at the end."""
    return None if page.after is None else str(page.after)
