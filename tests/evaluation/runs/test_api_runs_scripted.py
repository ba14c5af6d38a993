"""A lead's script sets up a run, opens, watches and closes it, as the pages do."""

from typing import Any

import pytest

from evaluation.runs.models import EvaluationRun, Rater
from reviewapp.people.models import Role
from tests.api_scripts import Script, script_of_lead
from tests.factories.people import make_member
from tests.factories.runs import make_generating_run, make_model_version, make_voting_run
from tests.factories.versions import ProjectWithMembers

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> ProjectWithMembers:
    """A project with a frozen version, two models and two reviewers."""
    house = ProjectWithMembers()
    house.many(24, intent="returns")
    house.freeze(shares={"train": 50, "validation": 0, "test": 50})
    for name in ("tuned", "house-model"):
        make_model_version(house.project, name=name)
    for _ in range(2):
        make_member(house.project, Role.REVIEWER)
    return house


def asked(**changed: Any) -> dict[str, Any]:
    return {
        "name": "spring",
        "candidate": "tuned",
        "baseline": "house-model",
        "version": 1,
        "split": "test",
        **changed,
    }


def test_a_run_is_set_up_with_what_the_page_proposes(house: ProjectWithMembers) -> None:
    script = script_of_lead(house.project, "manage", "runs")
    names = [
        model["name"]
        for model in script.get(f"projects/{house.project.slug}/models").json()["items"]
    ]
    assert names == ["house-model", "tuned"]
    answer = script.post(f"projects/{house.project.slug}/runs", **asked(max_tokens=64))
    assert answer.status_code == 200, answer.json()
    run = EvaluationRun.objects.get()
    assert (run.candidate.name, run.baseline.name, run.split) == ("tuned", "house-model", "test")
    assert run.sampling == {"temperature": 0.2, "max_tokens": 64, "seed": 1}
    assert run.created_by == script.user
    made = answer.json()
    assert (made["state"], made["comparisons"]) == ("draft", run.comparisons.count())
    members = {
        str(membership.user) for membership in house.project.memberships.filter(role=Role.REVIEWER)
    }
    assert set(made["reviewers"]) == members
    assert script.get(f"runs/{run.pk}").json() == made


def test_a_run_without_a_name_has_that_of_the_page(house: ProjectWithMembers) -> None:
    script = script_of_lead(house.project, "manage", "runs")
    sent = asked()
    del sent["name"]
    made = script.post(f"projects/{house.project.slug}/runs", **sent).json()
    assert made["name"] == "tuned vs house-model"


def test_a_run_that_cannot_be_set_up_is_one_sentence(house: ProjectWithMembers) -> None:
    script = script_of_lead(house.project, "manage")
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"candidate": "nobody"}, "nobody"),
        ({"version": 9}, "version 9"),
        ({"baseline": "tuned"}, "same model"),
        ({"reviewers": ["nobody@example.com"]}, "nobody@example.com"),
        ({"overlap_votes": 1, "votes_per_example": 3}, ""),
        ({"split": "all"}, "split"),
        ({"raters": 3}, "raters"),
    ]
    for changed, named in wrong:
        answer = script.post(f"projects/{house.project.slug}/runs", **asked(**changed))
        assert answer.status_code == 422, changed
        assert named in answer.json()["detail"]
    assert not EvaluationRun.objects.exists()


def test_a_run_is_opened_paused_and_closed_by_name() -> None:
    run = make_generating_run()
    run.answers.update(state="done", text="x")
    script = script_of_lead(run.project, "manage", "runs")
    shown = script.get(f"runs/{run.pk}").json()
    assert "open_voting" in shown["actions"]
    run = make_voting_run(run.project)
    paused = script.post(f"runs/{run.pk}/actions", action="pause", reason="lunch").json()
    assert (paused["paused"], paused["state"]) == (True, "voting")
    assert script.post(f"runs/{run.pk}/actions", action="resume").json()["paused"] is False
    early = script.post(f"runs/{run.pk}/actions", action="reveal")
    assert (early.status_code, early.json()["code"]) == (409, "refused")
    assert script.post(f"runs/{run.pk}/actions", action="explode").status_code == 422
    closed = script.post(f"runs/{run.pk}/actions", action="close", reason="done").json()
    assert (closed["state"], closed["actions"]) == ("closed", ["reveal"])
    event = run.events.get(action="close")
    assert (event.actor, event.reason) == (script.user, "done")


def test_what_keeps_a_run_from_opening_is_listed() -> None:
    run = make_generating_run()
    Rater.objects.filter(run=run).delete()
    shown = script_of_lead(run.project, "runs").get(f"runs/{run.pk}").json()
    assert "runs.too_few_reviewers" in [error["code"] for error in shown["opening_errors"]]
    refused = script_of_lead(run.project, "manage").post(
        f"runs/{run.pk}/actions", action="open_voting"
    )
    assert refused.status_code == 409


def test_runs_are_changed_by_leads_with_the_scope_alone() -> None:
    run = make_voting_run()
    address = f"runs/{run.pk}/actions"
    reviewer = Script(make_member(run.project, Role.REVIEWER), "manage", "runs")
    assert reviewer.post(address, action="close").status_code == 403
    assert reviewer.get(f"runs/{run.pk}").status_code == 403
    assert script_of_lead(run.project, "runs").post(address, action="close").status_code == 403
    assert (
        script_of_lead(make_voting_run().project, "manage")
        .post(address, action="close")
        .status_code
        == 404
    )
    run.refresh_from_db()
    assert run.state == "voting"
