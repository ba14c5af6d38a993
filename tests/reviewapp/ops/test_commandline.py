"""What a person at a shell sees when a command cannot work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reviewapp import env
from reviewapp.ops import database


def _manage(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=env.ROOT,
        env=env.child(**variables),
        check=False,
        capture_output=True,
        text=True,
    )


def test_a_database_that_does_not_answer_is_one_sentence() -> None:
    done = _manage("adduser", "a@b.example", DATABASE_URL="postgresql://app@127.0.0.1:1/house")
    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer: ")
    assert done.stderr.endswith("Check DATABASE_URL and that it runs.\n")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_an_old_schema_is_refused_and_the_remedy_named(db: None) -> None:
    # The tests have a database of their own, so the one that the server came with is empty.
    done = _manage("adduser", "a@b.example")
    assert done.returncode == 1
    assert done.stderr == (
        "The database schema is behind this version; "
        "run `.venv/bin/python manage.py migrate`, then this command again.\n"
    )


def test_a_wrong_variable_is_one_sentence() -> None:
    done = _manage("check", DEBUG="maybe")
    assert done.returncode == 1
    assert done.stderr == "DEBUG is neither true nor false; set it to one of them, or unset it.\n"


@pytest.mark.parametrize("words", [("help",), ("migrate", "--help"), ("adduser", "-h")])
def test_help_needs_no_database(words: tuple[str, ...], tmp_path: Path) -> None:
    done = _manage(*words, DATABASE_URL="", DATABASE_OWNER_URL="", TOUCHSTONE_DATA=str(tmp_path))
    assert done.returncode == 0
    assert not (tmp_path / "postgres").exists()


def test_a_traceback_is_shown_to_those_who_ask() -> None:
    closed = "postgresql://app@127.0.0.1:1/house"
    done = _manage("showmigrations", "--traceback", DATABASE_URL=closed)
    assert "Traceback" in done.stderr


def test_an_unknown_command_is_named() -> None:
    done = _manage("adduserr")
    assert done.returncode == 1
    assert "Unknown command: 'adduserr'" in done.stderr


def test_commands_run_as_the_role_that_may_only_change_rows(db: None) -> None:
    ask = "from django.db import connection; print(connection.settings_dict['USER'])"
    done = _manage("shell", "--no-imports", "--command", ask)
    assert done.stdout.strip() == database.runtime_role()
    assert database.parameters()["user"] != database.runtime_role()


def test_with_json_the_sentence_is_printed_as_json_too() -> None:
    closed = "postgresql://app@127.0.0.1:1/house"
    done = _manage("adduser", "a@b.example", "--json", DATABASE_URL=closed)
    assert done.returncode == 1
    assert json.loads(done.stdout) == {"error": done.stderr.rstrip("\n")}


def test_an_argument_that_is_no_text_is_one_sentence() -> None:
    done = _manage("adduser", "a\udcff@b.example")
    assert done.returncode == 1
    assert done.stderr == "The argument “a?@b.example” is not UTF-8 text; write it as UTF-8.\n"
