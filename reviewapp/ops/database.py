"""The app's database, DATABASE_URL or the embedded server, and the role that a process uses.

The owner creates and changes tables (`manage.py migrate`). Everything else runs as the runtime
role, which may only read and write rows, so that the app cannot change the audit trail.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from reviewapp import env
from reviewapp.ops.localpg import OWNER, RUNTIME, Server
from reviewapp.ops.user_error import UserError

CONNECTION_SECONDS = 60
"""How long a connection stays open for the next request. A pool would not survive a fork."""

PREPARE_AFTER = 3
"""A preparing cursor (reviewapp/core/db/prepared.py) prepares a statement when a connection runs it
for the fourth time."""

_role = RUNTIME


def use_owner_role() -> None:
    """Connect as the owner of the tables. Call it before the settings are read."""
    global _role  # noqa: PLW0603 - which role this process has is a fact about the process.
    _role = OWNER


def is_embedded() -> bool:
    """Return whether the app uses the embedded server, because DATABASE_URL is not set."""
    return env.optional_secret("DATABASE_URL") is None


@cache
def embedded_server() -> Server:
    """Return the embedded server of the data folder."""
    return Server(env.data_folder() / "postgres")


def runtime_role() -> str:
    """Return the name of the runtime role, whose rights migrations restrict."""
    return str(parameters(RUNTIME).get("user", ""))


def acquire() -> None:
    """Keep the embedded server, if it is in use, running as long as this process."""
    if is_embedded():
        embedded_server().acquire()


def parameters(role: str | None = None) -> dict[str, Any]:
    """Return libpq's parameters (host, port, user, password, dbname and options) for a role.

    The role is OWNER or RUNTIME, by default that of this process. Without DATABASE_OWNER_URL the
    owner is the user of DATABASE_URL.

    Raises:
        UserError: the address in the environment is invalid.
    """
    role = role or _role
    name, url = "DATABASE_URL", env.optional_secret("DATABASE_URL")
    if url is None:
        return dict(embedded_server().connection(role))
    if role == OWNER and (owner_url := env.optional_secret("DATABASE_OWNER_URL")):
        name, url = "DATABASE_OWNER_URL", owner_url
    if not url.startswith(("postgresql://", "postgres://")):
        raise UserError(
            f"{name} does not begin with postgresql://; PostgreSQL is the only database."
        )
    try:
        address = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise UserError(f"{name} is not a PostgreSQL address: {error}".strip() + ".") from error
    if not address.get("dbname"):
        raise UserError(f"{name} names no database; end it with a slash and the database's name.")
    return dict(address)


def configuration() -> dict[str, Any]:
    """Return the value of DATABASES["default"] in the settings.

    DATABASE_PREPARE=false is for poolers that give a connection to another client after each
    transaction and do not support prepared statements.
    """
    options = parameters()
    if env.flag("DATABASE_PREPARE", default=True):
        options["prepare_threshold"] = PREPARE_AFTER
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": options.pop("dbname"),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": env.number("DATABASE_CONNECTION_SECONDS", CONNECTION_SECONDS),
        "CONN_HEALTH_CHECKS": True,
    }
