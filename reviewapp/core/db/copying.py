"""PostgreSQL's COPY, the fastest way to write rows of several tables."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg import sql


def copy_rows(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows to a model's table within the running transaction.

    Args:
        model: the table; database defaults apply, signals and `save` do not run.
        names: the fields that each row gives, in order; a foreign key as "batch_id". The others get
            their Python defaults.
        rows: values as psycopg takes them; JSON as text.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.generated}
    others = [
        field
        for name, field in fields.items()
        if name not in names and not field.primary_key and not field.has_db_default()
    ]
    rest = [_default(field) for field in others]
    columns = [str(fields[name].column) for name in names]
    columns += [str(field.column) for field in others]
    command = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(column) for column in columns),
    )
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row([*row, *rest])


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Reserve primary keys, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def _default(field: "models.Field[Any, Any]") -> Any:
    value = field.get_default()
    return json.dumps(value) if isinstance(field, models.JSONField) and value is not None else value
