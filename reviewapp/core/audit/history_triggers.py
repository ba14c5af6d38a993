"""The triggers that protect history from every database role, the owner included.

They are derived from the models' declarations (grants.py), so that a new table of events has them
from its first migration on. Each is created when it is missing or its columns have changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from psycopg import sql

from reviewapp.core.audit.models import AuditEvent


@dataclass(frozen=True)
class Guard:
    """One trigger; `columns` are those of its UPDATE OF clause."""

    table: str
    name: str
    when: str
    function: str
    columns: tuple[str, ...] = ()

    def statement(self) -> sql.Composed:
        """Return the statement that creates or replaces the trigger."""
        names = [sql.Identifier(name) for name in self.columns]
        old = sql.SQL(", ").join(sql.SQL("OLD.{}").format(name) for name in names)
        new = sql.SQL(", ").join(sql.SQL("NEW.{}").format(name) for name in names)
        changed = sql.SQL("WHEN (ROW({}) IS DISTINCT FROM ROW({}))").format(old, new)
        return sql.SQL(
            "CREATE OR REPLACE TRIGGER {name} BEFORE {when} {of} ON {table} {each} {changed} "
            "EXECUTE FUNCTION {function}()"
        ).format(
            name=sql.Identifier(self.name),
            when=sql.SQL(self.when),
            of=sql.SQL("OF {}").format(sql.SQL(", ").join(names)) if names else sql.SQL(""),
            table=sql.Identifier(self.table),
            each=sql.SQL("" if self.when == "TRUNCATE" else "FOR EACH ROW"),
            changed=changed if names else sql.SQL(""),
            function=sql.Identifier(self.function),
        )


REJECT_CHANGE = "touchstone_reject_change"


def history_triggers_of(model: type[models.Model], fixed: Sequence[str]) -> Iterator[Guard]:
    """Yield the triggers of a history model; `fixed` are the columns that may not change."""
    table = model._meta.db_table
    yield Guard(table, "no_truncate", "TRUNCATE", REJECT_CHANGE)
    if issubclass(model, AuditEvent):
        yield Guard(table, "append_only", "UPDATE OR DELETE", REJECT_CHANGE)
        yield Guard(table, "dated_by_database", "INSERT", "touchstone_date_event")
    elif getattr(model, "fixed_columns", ()) or getattr(model, "mutable_columns", ()):
        yield Guard(table, "no_delete", "DELETE", REJECT_CHANGE)
        yield Guard(table, "fixed_columns", "UPDATE", REJECT_CHANGE, tuple(fixed))


_THERE = """
SELECT c.relname, t.tgname, ARRAY(
    SELECT a.attname FROM pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum = ANY (t.tgattr) ORDER BY a.attname)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relname = ANY (%s)
"""
_FREE_IDS = """
SELECT c.relname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attname = 'id' AND a.attidentity = 'd' AND c.relname = ANY (%s)
"""


def install_history_triggers(
    cursor: Any, fixed: Mapping[type[models.Model], Sequence[str]]
) -> None:
    """Create the triggers that are missing, and let only the database assign ids to events."""
    tables = [model._meta.db_table for model in fixed]
    cursor.execute(_THERE, [tables])
    there = {(table, name): sorted(columns) for table, name, columns in cursor.fetchall()}
    for model, columns in fixed.items():
        for guard in history_triggers_of(model, columns):
            if there.get((guard.table, guard.name)) != sorted(guard.columns):
                cursor.execute(guard.statement())
    events = [model._meta.db_table for model in fixed if issubclass(model, AuditEvent)]
    cursor.execute(_FREE_IDS, [events])
    for (table,) in cursor.fetchall():
        statement = "ALTER TABLE {} ALTER COLUMN id SET GENERATED ALWAYS"
        cursor.execute(sql.SQL(statement).format(sql.Identifier(table)))
