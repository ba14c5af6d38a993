"""A lead's script promotes, a second one signs or declines, and a rollback is one call."""

import pytest

from evaluation.promotion.models import Alias
from evaluation.runs.models import Rater
from reviewapp.people.models import Role
from tests.api_scripts import Script, script_of_lead
from tests.factories.people import make_member
from tests.factories.promotions import make_decided_run
from tests.factories.runs import make_voting_run

pytestmark = pytest.mark.django_db
NOTE = "Fewer wrong refunds."


def test_a_run_that_passed_is_promoted_and_rolled_back() -> None:
    first = make_decided_run()
    project = first.project
    script = script_of_lead(project, "manage", "runs")
    made = script.post(f"runs/{first.pk}/promote", alias="production", note=NOTE).json()
    assert (made["state"], made["model"], made["run"]) == (
        "in_effect",
        first.candidate.name,
        first.pk,
    )
    second = make_decided_run(project)
    script.post(f"runs/{second.pk}/promote", alias="production", note=NOTE)
    back = f"aliases/{project.slug}/production/roll-back"
    stale = script.post(back, reason="worse", promotion=made["id"])
    assert stale.status_code == 409
    unknown = script.post(back, reason="worse", to_model="nobody")
    assert (unknown.status_code, "nobody" in unknown.json()["detail"]) == (422, True)
    restored = script.post(back, reason="worse", to_model=first.candidate.name).json()
    assert (restored["kind"], restored["model"]) == ("rollback", first.candidate.name)
    assert Alias.objects.get(project=project).model_version == first.candidate
    listed = script.get(f"projects/{project.slug}/promotions").json()
    assert [promotion["kind"] for promotion in listed["items"]] == [
        "rollback",
        "promotion",
        "promotion",
    ]
    assert listed["next"] is None


def test_an_override_waits_for_a_second_lead() -> None:
    run = make_voting_run()
    project = run.project
    asker, second = (script_of_lead(project, "manage") for _ in range(2))
    body = {"alias": "production", "note": NOTE}
    assert asker.post(f"runs/{run.pk}/promote", **body).status_code == 409
    body["override_reason"] = "Deadline."
    pending = asker.post(f"runs/{run.pk}/promote", **body).json()
    assert pending["state"] == "pending"
    own = asker.post(f"promotions/{pending['id']}/sign", note="Read it.")
    assert own.status_code == 403
    declined = second.post(f"promotions/{pending['id']}/decline", reason="Too early.").json()
    assert declined["state"] == "declined"
    assert not Alias.objects.exists()
    again = asker.post(f"runs/{run.pk}/promote", **body).json()
    signed = second.post(f"promotions/{again['id']}/sign", note="Read it.").json()
    assert (signed["state"], signed["signed_by"]) == ("in_effect", str(second.user))


def test_who_votes_in_the_run_and_who_does_not_lead_changes_nothing() -> None:
    run = make_voting_run()
    voting = script_of_lead(run.project, "manage")
    Rater.objects.create(run=run, user=voting.user, name="lead")
    body = {"alias": "shadow", "note": NOTE}
    assert voting.post(f"runs/{run.pk}/promote", **body).status_code == 403
    reviewer = Script(make_member(run.project, Role.REVIEWER), "manage", "runs")
    assert reviewer.post(f"runs/{run.pk}/promote", **body).status_code == 403
    assert reviewer.get(f"projects/{run.project.slug}/promotions").status_code == 403
    assert script_of_lead(run.project, "runs").post(f"runs/{run.pk}/promote").status_code == 403
    assert not Alias.objects.exists()
