"""Runs and win rates over HTTP: what the command prints, for leads who do not vote."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from evaluation.runs.models import Rater
from reviewapp.people.actions import members as people
from reviewapp.people.models import Role, User
from tests.factories.people import make_member, make_user
from tests.factories.runs import make_voting_run
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def token(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {people.create_token(user=user).secret}"}


def test_it_answers_what_the_command_prints(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    vote_in_order(run, ann, ["candidate", "baseline", "tie_bad"])
    headers = token(make_member(run.project, Role.LEAD))
    out = StringIO()
    call_command("win_rates", run.name, "--json", stdout=out)
    printed = json.loads(out.getvalue())
    answer = client.get(f"/api/v1/runs/{run.pk}/win-rates", headers=headers).json()
    assert answer == printed
    assert answer["overall"]["score_sum"] == 1.5


def test_only_leads_who_do_not_vote_may(client: Client) -> None:
    run, (ann, _bob) = make_small_run()
    voting_lead = make_member(run.project, Role.LEAD)
    Rater.objects.create(run=run, user=voting_lead, name="lead")
    address = f"/api/v1/runs/{run.pk}/win-rates"
    for person, status in ((ann, 403), (voting_lead, 403), (make_user(), 404)):
        answer = client.get(address, headers=token(person))
        assert answer.status_code == status, person
        assert answer.json()["detail"]
    assert client.get(address).status_code == 401
    headers = token(make_member(run.project, Role.LEAD))
    assert client.get("/api/v1/runs/999999/win-rates", headers=headers).status_code == 404


def test_the_list_goes_on_at_its_cursor(client: Client) -> None:
    first = make_voting_run(examples=2)
    names = [first.name] + [make_voting_run(first.project, examples=2).name for _ in range(2)]
    headers = token(make_member(first.project, Role.LEAD))
    address = f"/api/v1/projects/{first.project.slug}/runs"
    page = client.get(f"{address}?limit=2", headers=headers).json()
    rest = client.get(f"{address}?limit=2&cursor={page['next']}", headers=headers).json()
    assert [run["name"] for run in page["runs"] + rest["runs"]] == names[::-1]
    assert rest["next"] is None
    reviewer = token(make_member(first.project, Role.REVIEWER))
    assert client.get(address, headers=reviewer).status_code == 403
