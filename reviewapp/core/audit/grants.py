"""Tables to which the runtime role may only add rows, and columns that it may never change.

Migrations run as the owner of the tables; web, workers and commands run as another role
(docs/audit.md). After each migration two things are updated to match the models:

- rights of the runtime role: it loses UPDATE, DELETE and TRUNCATE on every model that is an audit
  event or declares `append_only = True`; a model's `mutable_columns` stay writable. On a model that
  declares `fixed_columns` it keeps UPDATE on the other columns. It may not choose ids of events.
  Nor may it change which migrations were applied: a forged row would leave out one that takes a
  right away.
- triggers, which apply to every role (reviewapp/core/audit/history_triggers.py).
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from psycopg import sql

from reviewapp.core.audit.history_triggers import install_history_triggers
from reviewapp.core.audit.models import AuditEvent

Model = type[models.Model]


def history_models() -> Iterator[Model]:
    """Yield the models whose rows the runtime role may add but not delete."""
    for model in apps.get_models():
        if getattr(model, "append_only", False) or getattr(model, "fixed_columns", ()):
            yield model


def fixed_columns(model: Model) -> list[str]:
    """Return the database columns of a history model that never change after the insert."""
    declared = getattr(model, "fixed_columns", ())
    mutable = set(getattr(model, "mutable_columns", ()))
    return [
        str(field.column)
        for field in model._meta.concrete_fields
        if (field.name in declared or field.primary_key or not declared)
        and field.name not in mutable
    ]


def _statements(model: Model, role: str) -> Iterator[sql.Composed]:
    table, who = sql.Identifier(model._meta.db_table), sql.Identifier(role)
    yield sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, who)
    every = [str(field.column) for field in model._meta.concrete_fields]
    fixed = set(fixed_columns(model))
    if writable := [name for name in every if name not in fixed]:
        columns = _identifiers(writable)
        yield sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(columns, table, who)
    if issubclass(model, AuditEvent):
        columns = _identifiers(name for name in every if name != "id")
        yield sql.SQL("REVOKE INSERT ON {} FROM {}").format(table, who)
        yield sql.SQL("GRANT INSERT ({}) ON {} TO {}").format(columns, table, who)


def _identifiers(names: Any) -> sql.Composed:
    return sql.Composed([sql.Identifier(name) for name in names]).join(", ")


_ERASING = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
    AND p.proname LIKE 'touchstone\\_erase\\_%%' AND pg_get_userbyid(p.proowner) = current_user
"""


def _grant_erasing(cursor: Any, role: str) -> None:
    """Allow only the runtime role to call the functions that erase text."""
    cursor.execute(_ERASING, [])
    for (function,) in cursor.fetchall():
        name = sql.SQL(function)
        cursor.execute(sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC").format(name))
        cursor.execute(
            sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(name, sql.Identifier(role))
        )


def protect_history(*, using: str, **_kwargs: Any) -> None:
    """Install the triggers, and revoke the rights of a runtime role that is not the owner."""
    role = settings.DATABASE_RUNTIME_ROLE
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        install_history_triggers(
            cursor, {model: fixed_columns(model) for model in history_models()}
        )
        cursor.execute(
            "SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role]
        )
        current, known = cursor.fetchone()
        if not known or current == role:
            return
        for model in history_models():
            for statement in _statements(model, role):
                cursor.execute(statement)
        _grant_erasing(cursor, role)
        cursor.execute(
            sql.SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(
                sql.Identifier(MigrationRecorder.Migration._meta.db_table), sql.Identifier(role)
            )
        )
