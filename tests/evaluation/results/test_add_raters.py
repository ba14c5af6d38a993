"""Adding reviewers to a run that is open: who may be added, what is recorded, what stays."""

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import closing, raters
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.voting.actions import leases
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role, User
from tests.factories.people import make_member, make_user
from tests.factories.runs import make_run
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> EvaluationRun:
    found, (ann, _bob) = make_small_run(examples=6)
    vote_in_order(found, ann, ["candidate", "baseline"])
    return found


def add(run: EvaluationRun, *people: User, actor: User | None = None) -> list[Rater]:
    ids = [person.pk for person in people]
    return raters.add_reviewers(run_id=run.pk, user_ids=ids, actor=actor)


def test_an_added_reviewer_can_vote_at_once_under_the_terms_of_the_opening(
    run: EvaluationRun,
) -> None:
    quotas = list(run.comparisons.values_list("position", "votes_needed"))
    cleo = make_member(run.project, Role.REVIEWER)
    with pytest.raises(PermissionDeniedError, match="Ask its lead to add you"):
        leases.lease_comparisons(run_id=run.pk, actor=cleo)
    (rater,) = add(run, cleo)
    assert rater.added_at is not None
    assert len(vote_in_order(run, cleo, ["candidate"])) == 1
    assert list(run.comparisons.values_list("position", "votes_needed")) == quotas


def test_adding_is_recorded_once_however_often_it_is_asked(run: EvaluationRun) -> None:
    cleo, lead = make_member(run.project, Role.REVIEWER), make_member(run.project, Role.LEAD)
    (rater,) = add(run, cleo, actor=lead)
    assert add(run, cleo, actor=lead) == []
    event = run.events.get(action="add_rater")
    assert (event.actor, event.detail["rater_id"]) == (lead, rater.pk)
    assert event.detail["saw_a_model_in"] == []


def test_the_event_and_the_form_name_runs_that_revealed_one_of_the_models(
    client: Client, run: EvaluationRun
) -> None:
    cleo = make_member(run.project, Role.REVIEWER)
    earlier = make_run(run.project, name="Spring", raters=[cleo])
    EvaluationRun.objects.filter(pk=earlier.pk).update(candidate=run.candidate)
    closing.close_run(run_id=earlier.pk, actor=None)
    closing.reveal_run(run_id=earlier.pk, actor=None)
    client.force_login(make_member(run.project, Role.LEAD))
    page = client.get(address(run) + "?show=raters").content.decode()
    assert f"{cleo} (may know one of the models, revealed in “Spring”)" in page
    add(run, cleo)
    assert run.events.get(action="add_rater").detail["saw_a_model_in"] == ["Spring"]
    page = client.get(address(run) + "?show=raters").content.decode()
    assert "who may recognise one of these models" in page


def test_only_who_may_vote_and_has_not_seen_the_figures_can_be_added(run: EvaluationRun) -> None:
    removed = run.raters.order_by("pk")[0]
    raters.remove_rater(rater_id=removed.pk, actor=None, rule="too_fast", reason="Two a second.")
    assert removed.user is not None
    for person, why in (
        (make_user(), "is not a reviewer"),
        (make_member(run.project, Role.ANNOTATOR), "is not a reviewer"),
        (make_member(run.project, Role.LEAD), "may have seen this run's figures"),
        (removed.user, "was removed from this run"),
    ):
        with pytest.raises(InvalidInput, match=why):
            add(run, person)
    with pytest.raises(InvalidInput, match="Choose at least one"):
        add(run)
    assert not run.events.filter(action="add_rater").exists()


def test_only_a_lead_who_does_not_vote_in_it_adds_reviewers(run: EvaluationRun) -> None:
    cleo, voting_lead = (make_member(run.project, role) for role in (Role.REVIEWER, Role.LEAD))
    Rater.objects.create(run=run, user=voting_lead, name="the lead")
    for actor in (cleo, voting_lead):
        with pytest.raises(PermissionDeniedError):
            add(run, cleo, actor=actor)


def test_reviewers_are_added_only_while_the_run_is_open(run: EvaluationRun) -> None:
    cleo = make_member(run.project, Role.REVIEWER)
    closing.close_run(run_id=run.pk, actor=None)
    for closed_or_draft in (run, make_run(run.project)):
        with pytest.raises(InvalidTransition, match="open for votes"):
            add(closed_or_draft, cleo)


def address(run: EvaluationRun, name: str = "run") -> str:
    return reverse(f"evaluation:{name}", args=[run.project.slug, run.pk])


def test_a_lead_adds_reviewers_on_the_page_of_the_raters(
    client: Client, run: EvaluationRun
) -> None:
    cleo, lead = make_member(run.project, Role.REVIEWER), make_member(run.project, Role.LEAD)
    client.force_login(lead)
    assert "Reviewers can still be added" in client.get(address(run, "run_setup")).content.decode()
    refused = client.post(address(run, "add_reviewers"), {})
    assert refused.status_code == 422
    assert "Choose at least one reviewer to add." in refused.content.decode()
    page = client.post(address(run, "add_reviewers"), {"user_ids": [cleo.pk]}, follow=True)
    assert f"Added to the run: {cleo}. They can vote now." in page.content.decode()
    assert "added <time" in page.content.decode()
    client.force_login(cleo)
    voting = reverse("evaluation:voting", args=[run.project.slug])
    assert reverse("evaluation:vote", args=[run.project.slug, run.pk]) in (
        client.get(voting).content.decode()
    )
