"""Statements of every request and of a vote, planned once for each connection instead of each time.

Planning them costs more than running them (docs/benchmarks.md). Only they are prepared: a report
is planned for the run that it is about, and is slower by a plan that would fit any run.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg import Cursor, sql

M = TypeVar("M", bound=Model)


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


def fetch_one(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run a statement that is prepared once it was run often; its only row, or None."""
    with prepared_cursor() as cursor:
        cursor.execute(statement, parameters)
        row: tuple[Any, ...] | None = cursor.fetchone()
        return row


@dataclass(frozen=True)
class Columns(Generic[M]):
    """Columns of a model that a written-out statement asks for, and the instance of a row.

    An instance fetches a column that is not among them when it is asked for. Columns whose values
    Django converts when it reads them (JSON) are not for this.
    """

    model: type[M]
    names: tuple[str, ...]

    @classmethod
    def all_of(cls, model: type[M]) -> "Columns[M]":
        """Every column of the model."""
        return cls(model, tuple(field.attname for field in model._meta.concrete_fields))

    def of(self, table: str) -> sql.Composed:
        """Write the columns as a list; `table` is what the statement calls the model's table."""
        return sql.SQL(", ").join(sql.Identifier(table, name) for name in self.names)

    def instance(self, values: Sequence[Any]) -> M:
        """Return the model's instance with the values of these columns, in their order."""
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, values)
