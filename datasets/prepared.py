"""Statements of every request and of a vote, planned once for each connection instead of each time.

Planning them costs more than running them (docs/benchmarks.md). Only they are prepared: a report
is planned for the run that it is about, and is slower by a plan that would fit any run.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import Cursor, sql


@contextmanager
def prepared_cursor() -> Iterator[CursorWrapper]:
    """Give a cursor of this thread's connection that prepares what it runs often.

    The settings say after how many times (`prepare_threshold`), or never, for poolers that hand
    a connection on after each transaction.
    """
    connection.ensure_connection()
    made = connection.connection
    # Django's own cursors put the values into the text, which no two votes then share.
    usual, made.cursor_factory = made.cursor_factory, Cursor
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        made.cursor_factory = usual


def plan_by_indexes() -> None:
    """Plan what follows in this transaction as if every table were large.

    A plan is kept while a table grows, and one made when it had a page reads it from end to end
    until the database looks at it again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")


def columns(table: str, names: Iterable[str]) -> sql.Composed:
    """Write columns of a table, or of what it is called in the statement, as a list."""
    return sql.SQL(", ").join(sql.Identifier(table, name) for name in names)
