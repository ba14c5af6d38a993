"""A connection is kept between requests, and replaced when the server has ended it."""

from __future__ import annotations

import select
from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.db.backends.postgresql import base

from reviewapp.core.db.prepared import fetch_all, fetch_one

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Each time that the server was asked whether it is there."""
    times: list[object] = []
    usual = base.DatabaseWrapper.is_usable

    def ask(wrapper: base.DatabaseWrapper) -> bool:
        times.append(wrapper)
        return usual(wrapper)

    monkeypatch.setattr(base.DatabaseWrapper, "is_usable", ask)
    return times


def process() -> int:
    """The server's process behind this thread's connection."""
    ((pid,),) = fetch_all("SELECT pg_backend_pid()", {})
    return int(pid)


def from_elsewhere(statement: str, *values: object) -> None:
    """Run a statement on a connection of its own."""
    known = ("host", "port", "user", "password", "dbname")
    given: dict[str, Any] = connection.get_connection_params()
    parameters = {name: given[name] for name in known if given.get(name)}
    with closing(psycopg.connect(**parameters, autocommit=True)) as other:
        other.execute(statement, values)


def end(pid: int) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    from_elsewhere("SELECT pg_terminate_backend(%s, 10000)", pid)


def begin_request() -> None:
    """What Django does when a request begins."""
    connection.close_if_unusable_or_obsolete()


def test_the_server_is_not_asked_whether_a_silent_connection_lives(asked: list[object]) -> None:
    before = process()
    begin_request()
    assert process() == before
    assert connection.is_usable()
    assert not asked


def test_one_that_the_server_ended_is_replaced_before_it_is_used(asked: list[object]) -> None:
    before = process()
    end(before)
    begin_request()
    assert process() != before
    assert asked


def test_one_on_which_something_came_is_asked(asked: list[object]) -> None:
    before = process()
    connection.connection.execute("LISTEN news")
    from_elsewhere("NOTIFY news")
    assert select.select([connection.connection.fileno()], [], [], 10)[0]
    assert connection.is_usable()
    assert len(asked) == 1
    connection.connection.execute("UNLISTEN news")
    assert process() == before


def test_one_in_a_transaction_that_failed_is_not_usable() -> None:
    with transaction.atomic():
        with pytest.raises(DataError):
            fetch_one("SELECT 1 / 0", {})
        assert not connection.is_usable()
        transaction.set_rollback(True)
    assert connection.is_usable()


def test_an_error_of_a_prepared_statement_is_one_of_djangos() -> None:
    before = process()
    end(before)
    with pytest.raises(OperationalError):
        fetch_one("SELECT 1", {})
    connection.close()
    assert process() != before
