"""Which database is used, and as whom."""

from __future__ import annotations

import pytest

from reviewapp.ops import database
from reviewapp.ops.localpg import OWNER, RUNTIME
from reviewapp.ops.user_error import UserError

URL = "postgresql://app:s%40crt@db.example:5433/house?sslmode=require"


@pytest.fixture(autouse=True)
def _servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", URL)
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)


def test_an_address_is_taken_apart() -> None:
    found = database.configuration()
    assert found["NAME"] == "house"
    assert found["USER"] == "app"
    assert found["PASSWORD"] == "s@crt"
    assert (found["HOST"], found["PORT"]) == ("db.example", "5433")
    assert found["OPTIONS"] == {"sslmode": "require", "prepare_threshold": 3}
    assert found["CONN_HEALTH_CHECKS"] is True


def test_a_pooler_gets_no_prepared_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PREPARE", "false")
    assert database.configuration()["OPTIONS"] == {"sslmode": "require"}


def test_the_owner_has_its_own_address_if_one_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert database.parameters(OWNER)["user"] == "app"
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner:x@db.example/house")
    assert database.parameters(OWNER)["user"] == "owner"
    assert database.parameters(RUNTIME)["user"] == "app"
    assert database.runtime_role() == "app"


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("mysql://app@db.example/house", "does not begin with postgresql://"),
        ("postgresql://app@db.example", "names no database"),
        ("postgresql://app@db.example/house?colour=red", "is not a PostgreSQL address"),
    ],
)
def test_a_wrong_address_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, url: str, complaint: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(UserError, match=f"^DATABASE_URL {complaint}") as caught:
        database.configuration()
    assert "\n" not in str(caught.value)


def test_without_an_address_the_server_is_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    assert database.is_embedded()
    assert database.runtime_role() == RUNTIME
