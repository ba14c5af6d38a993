"""Which database the app uses, and as whom: DATABASE_URL, or the embedded server.

There are two roles. The owner makes and changes tables (`manage.py migrate`); everything else runs
as a role that may read and write rows only, so that the audit trail is safe from the app itself.
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
"""How long a connection is kept for the next request. A pool would not survive a fork."""

PREPARE_AFTER = 3
"""What a cursor that prepares (reviewapp/core/db/prepared.py) runs for the fourth time on one
connection is planned for the last time."""

_role = RUNTIME


def use_owner_role() -> None:
    """Connect as the owner of the tables. To be called before the settings are read."""
    global _role  # noqa: PLW0603 - which role this process has is a fact about the process.
    _role = OWNER


def is_embedded() -> bool:
    """Whether the app brings its own server, because DATABASE_URL is not set."""
    return env.optional_secret("DATABASE_URL") is None


@cache
def embedded_server() -> Server:
    """The embedded server of the data folder."""
    return Server(env.data_folder() / "postgres")


def runtime_role() -> str:
    """The name of the role that the app runs as; migrations take rights from it."""
    return str(parameters(RUNTIME).get("user", ""))


def hold() -> None:
    """Make sure that the embedded server, if it is in use, runs as long as this process."""
    if is_embedded():
        embedded_server().hold()


def parameters(role: str | None = None) -> dict[str, Any]:
    """libpq's parameters (host, port, user, password, dbname and options) for a role.

    The role is OWNER or RUNTIME; without one, it is that of this process. DATABASE_OWNER_URL may be
    unset: the owner is then whom DATABASE_URL names.
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
        found = conninfo_to_dict(url)
    except ProgrammingError as error:
        raise UserError(f"{name} is not a PostgreSQL address: {error}".strip() + ".") from error
    if not found.get("dbname"):
        raise UserError(f"{name} names no database; end it with a slash and the database's name.")
    return dict(found)


def configuration() -> dict[str, Any]:
    """The value of DATABASES["default"] in the settings.

    DATABASE_PREPARE=false is for poolers that hand a connection to another client after each
    transaction and cannot keep prepared statements apart.
    """
    found = parameters()
    if env.flag("DATABASE_PREPARE", default=True):
        found["prepare_threshold"] = PREPARE_AFTER
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": found.pop("dbname"),
        "USER": found.pop("user", ""),
        "PASSWORD": found.pop("password", ""),
        "HOST": found.pop("host", ""),
        "PORT": found.pop("port", ""),
        "OPTIONS": found,
        "CONN_MAX_AGE": env.number("DATABASE_CONNECTION_SECONDS", CONNECTION_SECONDS),
        "CONN_HEALTH_CHECKS": True,
    }
