"""Shapes that every part of the API answers with."""

from ninja import Schema


class Problem(Schema):
    """RFC 9457 problem details; `detail` is a sentence that says what to do."""

    type: str
    title: str
    status: int
    detail: str
