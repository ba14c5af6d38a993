"""Votes over HTTP: what is refused is not stored, and what is stored is what was sent."""

from typing import Any

import pytest
from django.test import Client

from evaluation.voting.models import Vote
from reviewapp.people.actions import members as people
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


class Desk:
    """A reviewer with a token, and the comparison that they hold."""

    def __init__(self, client: Client) -> None:
        run, (ann, _bob) = make_small_run()
        secret = people.create_token(user=ann).secret
        self.client, self.headers = client, {"Authorization": f"Bearer {secret}"}
        held = self.post(f"runs/{run.pk}/comparisons/next").json()["comparison"]
        self.address = f"comparisons/{held['id']}/vote"

    def post(self, path: str, body: object = None) -> Any:
        return self.client.post(
            f"/api/v1/{path}", body, content_type="application/json", headers=self.headers
        )


@pytest.fixture
def desk(client: Client) -> Desk:
    return Desk(client)


def test_a_vote_is_stored_with_what_was_said(desk: Desk) -> None:
    body = {
        "choice": "left",
        "reasons": {"left": ["correct"], "right": []},
        "rationale": "cites the rule",
        "recognised": True,
    }
    assert desk.post(desk.address, body).status_code == 200
    vote = Vote.objects.get()
    assert (vote.choice, vote.source) == ("left", "api")
    assert vote.reasons == {"left": ["correct"]}
    assert (vote.rationale, vote.recognised) == ("cites the rule", True)
    # Sent again without them, they stay.
    assert desk.post(desk.address, {"choice": "left"}).status_code == 200
    vote.refresh_from_db()
    assert vote.rationale == "cites the rule"


@pytest.mark.parametrize(
    "more",
    [
        {"reasons": {"left": ["nope"]}},
        {"reasons": {"middle": ["correct"]}},
        {"reasons": 5},
        {"reasons": ["correct"]},
        {"rationale": "a\0b"},
        {"rationale": "x" * 2001},
        {"choice": "candidate"},
    ],
)
def test_a_refused_vote_is_not_stored(desk: Desk, more: dict[str, Any]) -> None:
    answer = desk.post(desk.address, {"choice": "left", **more})
    assert answer.status_code == 422, answer.json()
    assert not Vote.objects.exists()
    assert desk.post(desk.address, {"choice": "right"}).status_code == 200
    assert Vote.objects.get().choice == "right"


@pytest.mark.parametrize("body", [b"{", b"\xff", b""])
def test_a_body_that_is_no_json_is_told_what_to_send(desk: Desk, body: bytes) -> None:
    answer = desk.post(desk.address, body)
    assert answer.status_code in {400, 422}
    assert answer["Content-Type"] == "application/problem+json"
    assert "JSON object" in answer.json()["detail"] or "required" in answer.json()["detail"]
    assert not Vote.objects.exists()
