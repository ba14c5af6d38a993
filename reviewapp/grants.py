"""Which tables the running application may only add to.

Migrations run as the owner of the tables; web, workers and commands run as another role
(docs/audit.md). After each migration that role loses UPDATE, DELETE and TRUNCATE on every model
that is an audit event or declares `frozen = True`; a model's `mutable_columns` stay writable.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models
from psycopg import sql


def history_models() -> Iterator[type[models.Model]]:
    """Yield the models whose rows the running application may add but not change."""
    for model in apps.get_models():
        if getattr(model, "frozen", False):
            yield model


def _statements(model: type[models.Model], role: str) -> Iterator[sql.Composed]:
    table, who = sql.Identifier(model._meta.db_table), sql.Identifier(role)
    yield sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(table, who)
    names = getattr(model, "mutable_columns", ())
    if names:
        fields = {field.name: str(field.column) for field in model._meta.concrete_fields}
        columns = sql.Composed([sql.Identifier(fields[name]) for name in names]).join(", ")
        yield sql.SQL("GRANT UPDATE ({}) ON {} TO {}").format(columns, table, who)


def protect_history(*, using: str, **_kwargs: Any) -> None:
    """Take the rights away, where there is a runtime role other than the one that migrates."""
    role = settings.DATABASE_RUNTIME_ROLE
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role]
        )
        current, known = cursor.fetchone()
        if not known or current == role:
            return
        for model in history_models():
            for statement in _statements(model, role):
                cursor.execute(statement)
