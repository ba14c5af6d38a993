"""PostgreSQL's COPY, the fastest way to write rows of several tables."""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import chain
from typing import Any

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from psycopg import sql

from reviewapp.core.messages import Message


def copy_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> None:
    """Append rows to a model's table within the running transaction.

    Args:
        model: the table; database defaults apply, signals and `save` do not run.
        rows: the value of each field by its name, a foreign key as "batch_id". All rows name the
            same fields; the others get their Python defaults.

    Raises:
        KeyError: a row lacks a field that the first one has, or has one that is not a field.
    """
    waiting = iter(rows)
    first = next(waiting, None)
    if first is None:
        return
    names = tuple(first)
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.generated}
    written = [(name, _writer(fields[name])) for name in names]
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
        for row in chain([first], waiting):
            values = [write(row[name]) if write else row[name] for name, write in written]
            if len(row) > len(names):
                raise KeyError(*(row.keys() - set(names)))
            copy.write_row([*values, *rest])


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
    return _json(value) if isinstance(field, models.JSONField) else value


def _writer(field: "models.Field[Any, Any]") -> Callable[[Any], Any] | None:
    """Return what makes the text of a column of its values; None where psycopg does."""
    if isinstance(field, models.JSONField):
        return _json
    return _array if isinstance(field, ArrayField) else None


def _array(value: Any) -> Any:
    """Return the text of a list that is empty or of numbers, for which psycopg takes long."""
    if value is None or not all(type(item) is int for item in value):
        return value
    return f"{{{','.join(map(str, value))}}}"


def _json(value: Any) -> str | None:
    """Return a value or a `Message` as the text of a JSON column; None is NULL."""
    if isinstance(value, Message):
        value = value.as_json()
    if value is None:
        return None
    # What it refuses, such as numbers over 64 bits, the slower one writes or names.
    with suppress(orjson.JSONEncodeError):
        return orjson.dumps(value).decode()
    return json.dumps(value, ensure_ascii=False)
