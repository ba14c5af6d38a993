"""Settings of the message broker: RabbitMQ or Redis at BROKER_URL, or queues in the database.

A message only wakes a worker; the work is described by rows in the database. So nothing is lost if
a broker loses or repeats messages, or is down.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from reviewapp import env
from reviewapp.ops import database
from reviewapp.ops.localpg import RUNTIME
from reviewapp.ops.user_error import UserError

IN_DATABASE = "pgmq://localhost"
"""The transport requires a host, but connects to the address in its options."""
SCHEMES = ("amqp://", "amqps://", "redis://", "rediss://", "memory://")
# Longer than the longest task: a message that was not acknowledged by then is delivered again.
REDELIVERY_SECONDS = 900
CONNECT_SECONDS = 2


def url() -> str:
    """Return Celery's `broker_url`."""
    address = env.optional_secret("BROKER_URL")
    if address is None:
        return IN_DATABASE
    if not address.startswith(SCHEMES):
        raise UserError(
            "BROKER_URL begins neither with amqp:// nor with redis://; correct it, "
            "or unset it to keep the queues in the database."
        )
    return address


def transport_options() -> dict[str, Any]:
    """Return Celery's `broker_transport_options` for this broker."""
    scheme = url().split("://")[0]
    if scheme == "pgmq":
        # By default the transport sleeps for a second whenever the prefetched tasks are busy.
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
    """Return the address for pgmq's client, which joins five values without quoting them.

    So each value is quoted here once more, and options that the client would drop, such as
    `sslmode`, are appended to the last value.
    """
    rest = dict(parameters)
    names = ("host", "port", "dbname", "user", "password")
    known = {name: _quoted(str(rest.pop(name, ""))) for name in names}
    options = (f"{name}={_quoted(str(value))}" for name, value in rest.items())
    known["password"] = " ".join([known["password"], *options])
    return make_conninfo("", **known)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def schedule_entry(seconds: float, task: str) -> dict[str, Any]:
    """Return an entry of CELERY_BEAT_SCHEDULE; its message expires before the next one is sent."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


def install_schema(*, using: str, **_kwargs: Any) -> None:
    """Install pgmq's functions after migrations, as plain SQL, for the runtime role.

    A new version replaces the old one and its messages, which is harmless.
    """
    if url() != IN_DATABASE:
        return
    from pgmq.install import (  # noqa: PLC0415 - only migrations need the client.
        get_embedded_install_sql,
        get_embedded_sql_version,
    )

    version = f"pgmq {get_embedded_sql_version()}"
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regnamespace('pgmq'), 'pg_namespace')")
        if cursor.fetchone() == (version,):
            return
        cursor.execute("DROP SCHEMA IF EXISTS pgmq CASCADE")
        cursor.execute(get_embedded_install_sql())
        for statement in _grants(database.runtime_role()):
            cursor.execute(statement)
        cursor.execute(sql.SQL("COMMENT ON SCHEMA pgmq IS {}").format(sql.Literal(version)))


def _grants(role: str) -> list[sql.Composed]:
    """Return the grants of the runtime role, which creates the queues and so tables here."""
    templates = (
        "GRANT USAGE, CREATE ON SCHEMA pgmq TO {}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgmq TO {}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA pgmq TO {}",
    )
    return [sql.SQL(template).format(sql.Identifier(role)) for template in templates]
