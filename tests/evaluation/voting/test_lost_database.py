"""A database that goes away in the middle of a request: try again, not a crash."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from evaluation.voting.actions import leases, votes
from reviewapp.people.actions.members import create_token
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def dying(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """End the backend of the request while a vote is stored."""

    def die(**_vote: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(votes, "cast_and_lease", die)
    yield
    connection.close()


@pytest.mark.usefixtures("dying")
@pytest.mark.parametrize("how", ["script", "form", "api", "api with a key"])
def test_a_vote_whose_database_goes_away_is_answered_with_503(how: str) -> None:
    run, (ann, _bob) = make_small_run()
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]
    client = Client(raise_request_exception=False)
    if how.startswith("api"):
        headers = {"Authorization": f"Bearer {create_token(user=ann).secret}"}
        headers |= {"Idempotency-Key": "k"} if "key" in how else {}
        answer = client.post(
            f"/api/v1/comparisons/{served.public_id}/vote",
            {"choice": "left"},
            content_type="application/json",
            headers=headers,
        )
    else:
        client.force_login(ann)
        answer = client.post(
            f"/p/{run.project.slug}/vote/{run.pk}/cast/",
            {"lease": str(served.public_id), "choice": "left"},
            headers={"Accept": "application/json" if how == "script" else "text/html"},
        )
    assert answer.status_code == 503
    assert (
        "try again" in answer.content.decode().lower() or "again later" in answer.content.decode()
    )
