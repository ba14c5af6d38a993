"""Entry point of `manage.py`: chooses database and role, and turns failures into sentences."""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from pkgutil import iter_modules

import django
import psycopg
from django.apps import apps
from django.core.management import execute_from_command_line, get_commands
from django.db import OperationalError, ProgrammingError, connection

from reviewapp import env
from reviewapp.ops import database
from reviewapp.ops.launcher.console import EXIT_FAILED, EXIT_INTERRUPTED, print_error
from reviewapp.ops.user_error import UserError

WITHOUT_DATABASE = frozenset(
    {
        *("help", "version", "check", "diffsettings", "startapp", "startproject"),
        *("collectstatic", "findstatic", "makemigrations", "makemessages", "compilemessages"),
    }
)
BY_OWNER = frozenset(
    {
        *("migrate", "createcachetable", "flush", "optimizemigration", "squashmigrations"),
        *("sqlflush", "sqlmigrate", "sqlsequencereset", "test", "testserver"),
    }
)
"""The commands that create or change tables; all others run as the runtime role."""
WITH_ANY_SCHEMA = BY_OWNER | {"dbshell", "inspectdb", "runserver", "shell", "showmigrations"}


def main(arguments: list[str]) -> int:
    """Run a command; return 0 (done), 1 (failed) or 2 (wrong usage). See also `--traceback`."""
    env.set_default("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    try:
        _check_readable(arguments)
        _prepare(arguments)
        _collect_garbage()
        execute_from_command_line(arguments)
    except (UserError, OperationalError) as error:
        sentence = str(error) if isinstance(error, UserError) else _unreachable(error)
        if sentence is None or "--traceback" in arguments:
            raise
        return _fail(sentence, arguments)
    except KeyboardInterrupt:
        print_error("Interrupted.")
        return EXIT_INTERRUPTED
    return 0


def _collect_garbage() -> None:
    """Turn on the garbage collection that `manage.py` turned off; what is loaded by now stays."""
    gc.freeze()
    gc.enable()


def _fail(sentence: str, arguments: list[str]) -> int:
    """Print the reason on standard error, with --json also on standard output; return 1."""
    print_error(sentence)
    if "--json" in arguments:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
    return EXIT_FAILED


def _check_readable(arguments: list[str]) -> None:
    """Check that all arguments are UTF-8, because even names of files are stored as text.

    Raises:
        UserError: one is not.
    """
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = argument.encode(errors="replace").decode()
            raise UserError(
                f"The argument “{shown}” is not UTF-8 text; write it as UTF-8."
            ) from None


def _prepare(arguments: list[str]) -> None:
    """Start the database for a command that needs it, and check its schema."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in BY_OWNER:
        database.use_owner_role()
    if command in WITHOUT_DATABASE or {"-h", "--help"}.intersection(arguments):
        return
    # Before the settings are read: they contain the passwords, which the first start creates.
    database.acquire()
    # The list of commands is complete only afterwards.
    django.setup()
    if command in get_commands() and command not in WITH_ANY_SCHEMA:
        check_schema()


def check_schema() -> None:
    """Check that all migrations are applied; commands never migrate by themselves.

    Raises:
        UserError: one is not.
    """
    if _migrations_here() <= _migrations_applied() or not _has_plan():
        return
    raise UserError(
        "The database schema is behind this version; "
        "run `.venv/bin/python manage.py migrate`, then this command again."
    )


def _migrations_here() -> set[tuple[str, str]]:
    """Return app and name of each migration of this version, from the names of the files.

    Django would import them all to find out, which takes longer than most commands.
    """
    found = set()
    for app in apps.get_app_configs():
        folder = Path(app.path) / "migrations"
        names = (module.name for module in iter_modules([str(folder)]) if not module.ispkg)
        found |= {(app.label, name) for name in names if name[0] not in "_~"}
    return found


def _migrations_applied() -> set[tuple[str, str]]:
    """Return app and name of each migration that the database has."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            return set(cursor.fetchall())
    except ProgrammingError:  # A new database has no such table.
        return set()


def _has_plan() -> bool:
    """Return whether Django would apply a migration: names alone do not tell with squashed ones."""
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 - rarely needed.

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _unreachable(error: OperationalError) -> str | None:
    """Return the sentence for an unreachable database; None if the server reported an error.

    psycopg has subclasses for what the server reports, such as a deadlock or a full disk.
    """
    if type(error.__cause__) is not psycopg.OperationalError:
        return None
    reason = str(error).strip().splitlines()[0].rstrip(".")
    if database.is_embedded():
        return f"The embedded database does not answer: {reason}. Start the command again."
    return f"The database does not answer: {reason}. Check DATABASE_URL and that it runs."
