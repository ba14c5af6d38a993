"""Prepared statements: frequent ones are planned once for each connection instead of each time.

Planning them costs more than running them (docs/benchmarks.md). Only those are prepared: a report
needs a plan for its run, and is slower with a plan for any run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from django.db.models import Model
from psycopg import Cursor, sql

M = TypeVar("M", bound=Model)
Row = tuple[Any, ...]


def fetch_one(statement: str, parameters: Mapping[str, Any]) -> Row | None:
    """Run a statement, prepared after repeated use; return its only row, or None.

    The setting `prepare_threshold` is the number of uses, or None for poolers that give a
    connection to another client after each transaction.
    """
    return _executed(statement, parameters).fetchone()


def fetch_all(statement: str, parameters: Mapping[str, Any]) -> list[Row]:
    """Run a statement, prepared after repeated use; return all its rows."""
    return _executed(statement, parameters).fetchall()


def plan_by_indexes() -> None:
    """Plan the rest of this transaction as if every table were large, and keep the plans.

    A plan is kept while a table grows, and one made when the table had one page reads it from end
    to end until the database analyses it again. A vote then takes 2.6 to 4.5 ms of the database
    with these options and 4.4 to 4.6 ms without; with analysed tables 2.4 and 2.8 ms.
    """
    _executed(
        "SELECT set_config('enable_seqscan', 'off', true),"
        " set_config('plan_cache_mode', 'force_generic_plan', true)"
    )


def _executed(statement: str, parameters: Mapping[str, Any] | None = None) -> Cursor[Row]:
    database = connections[DEFAULT_DB_ALIAS]
    database.close_if_health_check_failed()
    database.ensure_connection()
    # Django's own cursors put the values into the statement, so no two votes have the same one.
    cursor: Cursor[Row] = Cursor(database.connection)
    # Django's wrapper converts errors to its own, and counts statements in tests.
    wrapper = CursorDebugWrapper if database.queries_logged else CursorWrapper
    wrapper(cursor, database).execute(statement, parameters)
    return cursor


@dataclass(frozen=True)
class Columns(Generic[M]):
    """The columns of a model in a raw statement, and the instance built from a row.

    An instance fetches another column when it is read. Columns whose values Django converts when it
    reads them (JSON) are not supported.
    """

    model: type[M]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Put the names in the order of the model, by which Django reads the values of a row."""
        fields = [field.attname for field in self.model._meta.concrete_fields]
        if unknown := set(self.names) - set(fields):
            raise ValueError(f"{self.model.__name__} has no column {', '.join(sorted(unknown))}.")
        object.__setattr__(self, "names", tuple(name for name in fields if name in self.names))

    @classmethod
    def all_of(cls, model: type[M]) -> "Columns[M]":
        """Every column of the model."""
        return cls(model, tuple(field.attname for field in model._meta.concrete_fields))

    def of(self, table: str) -> sql.Composed:
        """Return the columns as a list for SQL; `table` is the alias of the model's table."""
        return sql.SQL(", ").join(sql.Identifier(table, name) for name in self.names)

    def instance(self, values: Sequence[Any]) -> M:
        """Return an instance of the model with the values of these columns, in their order."""
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, values)
