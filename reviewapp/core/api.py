"""Schemas that every part of the API shares."""

from typing import Annotated, Any

from ninja import Field, Query, Schema

from reviewapp.core.paging import KeysetPage

MAX_PAGE_SIZE = 100

# The range of ids in PostgreSQL: a larger number is rejected instead of failing in the database.
ObjectId = Annotated[int, Field(gt=0, le=2**63 - 1)]
# The end of the previous page, which a client sends back unchanged.
Cursor = Annotated[int | None, Query(gt=0, le=2**63 - 1)]
# How many rows a page has at most.
Limit = Annotated[int, Query(gt=0, le=MAX_PAGE_SIZE)]


class Problem(Schema):  # words: ok (the name of RFC 9457, in the API since version 1)
    """RFC 9457 problem details; `detail` is a sentence with what to do, `code` is for programs."""

    type: str
    title: str
    status: int
    detail: str
    code: str


def next_cursor(page: KeysetPage[Any]) -> str | None:
    """Return the cursor of the next page; None at the end."""
    return None if page.after is None else str(page.after)
