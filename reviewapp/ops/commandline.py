"""What surrounds every `manage.py` command: its database, its role, plain words for failures."""

from __future__ import annotations

import json
import sys

import django
import psycopg
from django.core.management import execute_from_command_line, get_commands
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

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
"""What makes or changes tables; everything else runs as the role that may not."""
WITH_ANY_SCHEMA = BY_OWNER | {"dbshell", "inspectdb", "runserver", "shell", "showmigrations"}


def main(arguments: list[str]) -> int:
    """Run a command: 0 done, 1 refused, 2 wrong usage. `--traceback` shows where it failed."""
    env.set_default("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    try:
        _check_readable(arguments)
        _prepare(arguments)
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


def _fail(sentence: str, arguments: list[str]) -> int:
    """Tell people, and with --json a program, why; return the exit code."""
    print_error(sentence)
    if "--json" in arguments:
        sys.stdout.write(json.dumps({"error": sentence}, ensure_ascii=False) + "\n")
    return EXIT_FAILED


def _check_readable(arguments: list[str]) -> None:
    """UserError if an argument is not UTF-8: names of files, too, are kept as text."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            shown = argument.encode(errors="replace").decode()
            raise UserError(
                f"The argument “{shown}” is not UTF-8 text; write it as UTF-8."
            ) from None


def _prepare(arguments: list[str]) -> None:
    """Hold the database for the commands that need it, and refuse them an old schema."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command in BY_OWNER:
        database.use_owner_role()
    if command in WITHOUT_DATABASE or {"-h", "--help"}.intersection(arguments):
        return
    # Before the settings are read: the first start makes the passwords that stand in them.
    database.hold()
    # Django does this when it runs the command; the list of commands is complete only afterwards.
    django.setup()
    if command in get_commands() and command not in WITH_ANY_SCHEMA:
        check_schema()


def check_schema() -> None:
    """Raise UserError if a migration is not applied yet. Nothing migrates silently."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise UserError(
            "The database schema is behind this version; "
            "run `.venv/bin/python manage.py migrate`, then this command again."
        )


def _unreachable(error: OperationalError) -> str | None:
    """The sentence for a database that does not answer; None if it answered with a refusal.

    psycopg gives what the server itself reports (a deadlock, a full disk) classes of their own.
    """
    if type(error.__cause__) is not psycopg.OperationalError:
        return None
    reason = str(error).strip().splitlines()[0].rstrip(".")
    if database.is_embedded():
        return f"The embedded database does not answer: {reason}. Start the command again."
    return f"The database does not answer: {reason}. Check DATABASE_URL and that it runs."
