"""How messages travel: BROKER_URL (RabbitMQ or Redis), or queues in the app's own database.

A message only wakes a worker; the rows of the database say what is to be done. So a broker may lose
or repeat messages, and may be down, without anything being lost.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from pgmq.install import get_embedded_install_sql, get_embedded_sql_version
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reviewapp import env
from reviewapp.ops import database
from reviewapp.ops.localpg import RUNTIME
from reviewapp.ops.user_error import UserError

IN_DATABASE = "pgmq://localhost"
"""The host only keeps the transport from complaining: the connection string says where."""
SCHEMES = ("amqp://", "amqps://", "redis://", "rediss://", "memory://")
# Longer than the longest task: a message that was not acknowledged by then is delivered again.
REDELIVERY_SECONDS = 900
CONNECT_SECONDS = 2


def url() -> str:
    """Celery's broker_url."""
    found = env.optional_secret("BROKER_URL")
    if found is None:
        return IN_DATABASE
    if not found.startswith(SCHEMES):
        raise UserError(
            "BROKER_URL begins neither with amqp:// nor with redis://; correct it, "
            "or unset it to keep the queues in the database."
        )
    return found


def transport_options() -> dict[str, Any]:
    """Celery's broker_transport_options for this broker."""
    scheme = url().split("://")[0]
    if scheme == "pgmq":
        # The transport's defaults sleep for a second whenever the prefetched tasks are busy.
        return {
            "conn_string": _pgmq_address(database.parameters(RUNTIME)),
            "init_extension": False,
            "visibility_timeout": REDELIVERY_SECONDS,
            "polling_interval": 0.1,
            "wait_time_seconds": 1,
            "pool_size": 2,
            "pool_timeout": CONNECT_SECONDS,
        }
    if scheme in {"redis", "rediss"}:
        return {
            "visibility_timeout": REDELIVERY_SECONDS,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_connect_timeout": CONNECT_SECONDS,
        }
    return {}


def _pgmq_address(parameters: dict[str, Any]) -> str:
    """The address for pgmq's client, which takes five values and joins them without quoting.

    Each value is therefore quoted once more, and the options that it would drop (`sslmode` and
    the like) ride behind the last value that it knows.
    """
    left = dict(parameters)
    names = ("host", "port", "dbname", "user", "password")
    known = {name: _quoted(str(left.pop(name, ""))) for name in names}
    options = (f"{name}={_quoted(str(value))}" for name, value in left.items())
    known["password"] = " ".join([known["password"], *options])
    return make_conninfo("", **known)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def every(seconds: float, task: str) -> dict[str, Any]:
    """An entry of CELERY_BEAT_SCHEDULE. What no worker took by the next time is worth nothing."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def install_schema(*, using: str, **_kwargs: Any) -> None:
    """After migrations: the functions of the queues, as plain SQL, for the app's role to use.

    A new version of them replaces the old one with the messages in it, which is harmless.
    """
    if url() != IN_DATABASE:
        return
    wanted = f"pgmq {get_embedded_sql_version()}"
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace('pgmq'), 'pg_namespace')")
        if cursor.fetchone() == (wanted,):
            return
        cursor.execute("DROP SCHEMA IF EXISTS pgmq CASCADE")
        cursor.execute(get_embedded_install_sql())
        for statement in _grants(database.runtime_role()):
            cursor.execute(statement)
        cursor.execute(sql.SQL("COMMENT ON SCHEMA pgmq IS {}").format(sql.Literal(wanted)))


def _grants(role: str) -> list[sql.Composed]:
    """The app's role makes the queues itself, so it may make tables in this schema."""
    templates = (
        "GRANT USAGE, CREATE ON SCHEMA pgmq TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgmq TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA pgmq TO {}",
    )
    return [sql.SQL(template).format(sql.Identifier(role)) for template in templates]
