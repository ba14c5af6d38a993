"""Other values for each of many rows, by one statement.

Django's `bulk_update` names each row once for each column; making and planning that statement takes
longer than the database needs for the rows (docs/benchmarks.md).
"""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import connection, models
from psycopg import sql

from reviewapp.core.messages import Message

_UPDATE = """
UPDATE {table} SET {assignments}
FROM json_populate_recordset(NULL::{table}, %s::json) AS new
WHERE {table}.{key} = new.{key}
"""


def update_rows(rows: Sequence[models.Model], names: Iterable[str]) -> None:
    """Store the named fields of rows of one model, whose values may differ from row to row.

    Signals and `save` do not run.
    """
    if not rows:
        return
    meta = rows[0]._meta
    key: Any = meta.pk
    fields: list[Any] = [meta.get_field(name) for name in dict.fromkeys(names)]
    documents = [
        {field.column: _as_json(getattr(row, field.attname)) for field in (key, *fields)}
        for row in rows
    ]
    columns = [sql.Identifier(field.column) for field in fields]
    statement = sql.SQL(_UPDATE).format(
        table=sql.Identifier(meta.db_table),
        key=sql.Identifier(key.column),
        assignments=sql.SQL(", ").join(
            sql.Composed([column, sql.SQL(" = new."), column]) for column in columns
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(documents, ensure_ascii=False)])


def _as_json(value: Any) -> Any:
    """Return a value as JSON has it; the database reads it as the type of its column."""
    if isinstance(value, Message):
        return value.as_json()
    return value.isoformat() if isinstance(value, date) else value
