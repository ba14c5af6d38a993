"""Shapes that every part of the API answers with."""

from typing import Annotated, Any

from ninja import Field, Query, Schema

from reviewapp.core.paging import KeysetPage

# What PostgreSQL can hold as an id; a larger one names nothing and is no error of the server.
ObjectId = Annotated[int, Field(gt=0, le=2**63 - 1)]
# Where the page before ended; to be sent back as it came.
Cursor = Annotated[int | None, Query(gt=0, le=2**63 - 1)]


class Problem(Schema):
    """RFC 9457 problem details; `detail` is a sentence that says what to do."""

    type: str
    title: str
    status: int
    detail: str


def next_cursor(page: KeysetPage[Any]) -> str | None:
    """Return the cursor of the page after this one; None at the end."""
    return None if page.after is None else str(page.after)
