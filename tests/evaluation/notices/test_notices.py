"""Notifications about runs, promotions, trainings and models: who hears, and who must not."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from evaluation.notices import actions, recipients
from evaluation.promotion.models import Promotion, PromotionEvent
from evaluation.results.actions.raters import add_reviewers
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, RunEvent
from evaluation.training.models import TrainingEvent, TrainingRun
from evaluation.training.retirement.dates import Shutdown
from evaluation.training.retirement.models import Source
from reviewapp.notifications.models import Notification
from reviewapp.notifications.shown import shown
from reviewapp.people.models import Role, User
from reviewapp.webhooks.actions.settings import create_webhook
from reviewapp.webhooks.models import Delivery
from tests.factories.people import make_member, make_project
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db


def kinds(user: User) -> list[str]:
    return list(Notification.objects.filter(user=user).values_list("kind", flat=True))


def decide(run: EvaluationRun) -> None:
    """Record that a gate of a run was passed, as its measurement does."""
    RunEvent.objects.create(
        project=run.project,
        run=run,
        action="gate_changed",
        before="insufficient",
        after="passed",
        detail={"gate": "overall_superiority", "subject": ""},
    )


def test_reviewers_hear_that_a_run_needs_votes_and_nothing_of_its_figures_or_models() -> None:
    run, reviewers = make_small_run()
    lead = make_member(run.project, Role.LEAD)
    voting_lead = make_member(run.project, Role.LEAD)
    run.raters.create(user=voting_lead, name="voting lead")
    decide(run)
    assert kinds(lead) == ["gate_crossed"]
    assert kinds(voting_lead) == []
    for reviewer in reviewers:
        [row] = Notification.objects.filter(user=reviewer)
        seen = f"{shown(row).text} {shown(row).url} {row.text.as_json()}"
        assert row.kind == "votes_needed"
        for secret in (run.name, run.candidate.name, run.baseline.name):
            # As a whole word: the slug of a later project begins with the name of an earlier model.
            assert not re.search(rf"\b{re.escape(secret)}\b", seen)


def test_a_former_lead_who_now_votes_in_a_run_no_longer_reads_of_its_gates() -> None:
    run, _reviewers = make_small_run()
    elsewhere, _reviewers = make_small_run(project=run.project)
    lead, former = (make_member(run.project, Role.LEAD) for _ in range(2))
    decide(run)
    decide(elsewhere)
    former.memberships.update(role=Role.REVIEWER)
    add_reviewers(run_id=run.pk, user_ids=[former.pk], actor=lead)
    about = [(row.kind, row.text.params["run"]) for row in former.notifications.order_by("pk")]
    assert about == [("gate_crossed", elsewhere.pk), ("votes_needed", run.pk)]
    assert kinds(lead) == ["gate_crossed"] * 2


def test_a_webhook_is_told_of_a_decided_gate_which_only_after_the_run_is_closed() -> None:
    run, _reviewers = make_small_run()
    lead = make_member(run.project, Role.LEAD)
    create_webhook(
        project=run.project,
        url="https://hooks.example.com",
        events=["run.gate_crossed"],
        body_format="event",
        actor=lead,
    )
    decide(run)
    run.state = RunState.CLOSED
    decide(run)
    open_, closed = Delivery.objects.order_by("pk")
    assert open_.data.keys() == {"project", "run", "url"}
    told = {"gate": "overall_superiority", "state": "passed"}
    assert closed.data == {**open_.data, **told}


def test_a_run_that_was_not_decided_is_no_news() -> None:
    run, _reviewers = make_small_run()
    lead = make_member(run.project, Role.LEAD)
    RunEvent.objects.create(
        project=run.project, run=run, action="gate_changed", before="passed", after="insufficient"
    )
    assert kinds(lead) == []


def test_only_leads_who_may_sign_hear_of_a_promotion(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    first, second = make_member(project, Role.LEAD), make_member(project, Role.LEAD)
    make_member(project, Role.REVIEWER)

    def denied(user: User, _promotion: Promotion) -> str:
        return "" if user == second else "No."

    monkeypatch.setattr(recipients, "sign_denied_reason", denied)
    promotion = Promotion(pk=4, project=project, alias="production", requested_by=first)
    event = PromotionEvent(project=project, promotion=promotion, action="ask_override", actor=first)
    actions.on_promotion_event(instance=event, created=True)
    assert [row.user for row in Notification.objects.all()] == [second]


@pytest.mark.parametrize(("after", "seen"), [("succeeded", 1), ("running", 0)])
def test_who_started_a_training_hears_of_its_end(after: str, seen: int) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    training = TrainingRun(pk=5, project=project, started_by=lead)
    event = TrainingEvent(project=project, training=training, before="uploading", after=after)
    actions.on_training_event(instance=event, created=True)
    page = reverse("evaluation:training_run", args=[project.slug, 5])
    assert [shown(row).url for row in Notification.objects.filter(user=lead)] == [page] * seen


def test_leads_hear_once_of_each_base_model_that_is_shut_down(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    project = make_project()
    lead = make_member(project, Role.LEAD)
    day = timezone.now().date() + timedelta(days=9)
    shutdown = Shutdown("gpt-4o-2024-08-06", day, Source.LISTED, day)
    monkeypatch.setattr(actions, "near_shutdowns", lambda _project: [shutdown])
    monkeypatch.setattr(actions, "projects_with_tuned_models", lambda: [project])
    for _ in range(2):
        actions.notify_of_shutdowns()
    assert kinds(lead) == ["model_retires"]
    assert shutdown.base_model in shown(Notification.objects.get()).text
