"""A connection is kept between requests, and replaced when the server has ended it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from reviewapp.core.db.prepared import fetch_all, fetch_one

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_one_that_the_server_ended_is_replaced_before_it_is_used() -> None:
    before = process()
    end(before)
    begin_request()
    assert process() != before


def test_an_error_of_a_prepared_statement_is_one_of_djangos() -> None:
    before = process()
    end(before)
    with pytest.raises(OperationalError):
        fetch_one("SELECT 1", {})
    connection.close()
    assert process() != before
