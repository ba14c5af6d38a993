"""The answers for load balancers and monitors."""

from unittest.mock import patch

import pytest
from django.db import OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthz_answers_without_database_or_session(
    client: Client, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert client.get("/healthz").json() == {"status": "ok"}


def test_readyz_names_every_part(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    parts = {"status": "ok", "database": "ok", "migrations": "ok", "broker": "ok"}
    assert response.json() == parts


def test_readyz_is_503_when_the_database_is_away(client: Client) -> None:
    with patch.object(connection, "ensure_connection", side_effect=OperationalError("away")):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["database"] == "does not answer"


def test_readyz_is_503_when_the_broker_is_away(client: Client) -> None:
    with patch("reviewapp.web.health.app.connection_for_write", side_effect=OSError("refused")):
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["broker"] == "does not answer"


def test_metrics_are_in_prometheus_format(client: Client) -> None:
    response = client.get("/metrics")
    assert response["Content-Type"].startswith("text/plain")
    assert b"process_" in response.content or b"python_info" in response.content
