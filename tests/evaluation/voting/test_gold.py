"""Gold checks: added by leads, mixed in unseen, measured apart from every figure of the run."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from evaluation.results.actions import closing
from evaluation.results.reports import build_report, report_as_json
from evaluation.results.reports.gold import flagged_raters, gold_accuracy
from evaluation.runs.actions import gold_checks, run_setup, runs
from evaluation.runs.errors import RunCannotOpen
from evaluation.runs.models import EvaluationRun, GoldCheck, Rater, RunGoldCheck
from evaluation.voting.actions import gold_serving, leases, reviewer_actions
from evaluation.voting.actions.training import TrainingNeeded
from evaluation.voting.models import GoldLease, Lease, Vote
from evaluation.voting.progress import reviewer_progress
from evaluation.voting.texts import CHOICE_LABELS
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.models import Role, User
from tests.evaluation.voting.test_blindness import ROLES
from tests.factories.gold import BETTER, make_gold_checks, make_gold_run
from tests.factories.people import make_member, make_project
from tests.factories.verdicts import vote_in_order
from tests.factories.voting import make_small_run

# As the role of the app, which may not change every column of a lease.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("runtime_role")]


class Always:
    """A random source that draws a gold check each time, and the first text on the left."""

    def randrange(self, _stop: int) -> int:
        return 0

    def choice(self, options: Any) -> Any:
        return options[0]


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gold_serving, "_RANDOM", Always())


def gold_of(user: User) -> Iterator[GoldLease]:
    yield from GoldLease.objects.filter(rater__user=user).order_by("pk")


def vote_through(run: EvaluationRun, user: User, *, gold: str = "left") -> list[UUID]:
    """Vote until nothing is left, "left" on comparisons; return the ids in the order shown."""
    shown = []
    while served := leases.lease_comparisons(run_id=run.pk, actor=user):
        first = served[0]
        shown.append(first.public_id)
        choice = gold if BETTER in {first.left, first.right} else "left"
        reviewer_actions.cast_and_lease(
            actor=user, lease_id=first.public_id, choice=choice, count=2
        )
    return shown


def rater_of(run: EvaluationRun, user: User) -> Rater:
    return run.raters.select_related("run").get(user=user)


@pytest.mark.usefixtures("always")
def test_gold_checks_are_mixed_in_and_no_figure_counts_them() -> None:
    run, (ann, _bob) = make_gold_run(percent=20, checks=3, examples=10)
    before = report_as_json(build_report(run))
    (first, second) = leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert {first.left, first.right} & {BETTER} or {second.left, second.right} & {BETTER}
    gold = next(gold_of(ann))
    reviewer_actions.cast_and_lease(actor=ann, lease_id=gold.public_id, choice="left")
    assert report_as_json(build_report(run)) == before
    shown = vote_through(run, ann)
    assert len(set(shown)) == 10 + 2
    assert Vote.objects.filter(rater__user=ann).count() == 10
    assert gold_accuracy([rater_of(run, ann).pk])[rater_of(run, ann).pk].n == 3


@pytest.mark.usefixtures("always")
def test_the_progress_counts_gold_checks_like_comparisons() -> None:
    run, (ann, _bob) = make_gold_run(percent=20, checks=2, examples=10)
    assert reviewer_progress(rater_of(run, ann)).left == 10 + 2
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert reviewer_progress(rater_of(run, ann)).left == 10 + 2
    gold = next(gold_of(ann))
    assert gold.public_id in {comparison.public_id for comparison in served}
    reviewer_actions.cast_and_lease(actor=ann, lease_id=gold.public_id, choice="right", count=0)
    assert reviewer_progress(rater_of(run, ann)).done == 1
    assert reviewer_progress(rater_of(run, ann)).left == 10 + 1
    vote_through(run, ann)
    assert reviewer_progress(rater_of(run, ann)).left == 0


@pytest.mark.usefixtures("always")
def test_each_vote_leaves_one_less_whatever_it_is_on() -> None:
    run, (ann, _bob) = make_gold_run(percent=20, checks=2, examples=10)
    left, on_gold = [], []
    while served := leases.lease_comparisons(run_id=run.pk, actor=ann):
        left.append(reviewer_progress(rater_of(run, ann)).left)
        on_gold.append(BETTER in {served[0].left, served[0].right})
        lease = served[0].public_id
        reviewer_actions.cast_and_lease(actor=ann, lease_id=lease, choice="left", count=0)
    assert left == list(range(12, 0, -1))
    assert on_gold.count(True) == 2


@pytest.mark.usefixtures("always")
def test_what_is_on_the_screen_stays_first_after_a_reload() -> None:
    run, (ann, _bob) = make_gold_run(percent=20, checks=3, examples=10)
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)
    for _ in range(8):
        if not served:
            break
        assert leases.lease_comparisons(run_id=run.pk, actor=ann) == served
        rest = served[1:]
        served = reviewer_actions.cast_and_lease(
            actor=ann, lease_id=served[0].public_id, choice="left"
        )
        assert served[: len(rest)] == rest


@pytest.mark.usefixtures("always")
def test_a_gold_check_is_served_to_a_person_once_and_never_alone() -> None:
    run, (ann, bob) = make_gold_run(percent=30, checks=2, examples=10)
    vote_through(run, ann)
    assert leases.lease_comparisons(run_id=run.pk, actor=bob) == []
    assert [lease.state for lease in gold_of(ann)] == ["voted", "voted"]
    assert list(gold_of(bob)) == []


@pytest.mark.usefixtures("always")
def test_a_gold_check_is_not_served_to_its_author_or_in_a_language_not_read() -> None:
    run, (_ann, bob) = make_gold_run(percent=30, checks=1, examples=10)
    check = GoldCheck.objects.get()
    assert check.created_by is not None
    run_setup.create_rater(run, check.created_by)
    leases.lease_comparisons(run_id=run.pk, actor=check.created_by)
    assert not GoldLease.objects.exists()
    leases.lease_comparisons(run_id=run.pk, actor=bob)
    assert GoldLease.objects.count() == 1


def test_a_rater_is_flagged_when_the_upper_bound_is_below_seventy_percent(
    always: None, client: Client
) -> None:
    del always
    run, (ann, _bob) = make_gold_run(percent=30, checks=12, examples=30)
    vote_through(run, ann, gold="right")
    ((flagged, accuracy),) = flagged_raters(run)
    assert (flagged.user, accuracy.accuracy, accuracy.n) == (ann, 0, 12)
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    page = client.get(reverse("evaluation:reviewer", args=[run.project.slug, ann.pk]))
    assert page.context["rows"][0].gold.flagged
    raters = client.get(reverse("evaluation:run", args=[run.project.slug, run.pk]) + "?show=raters")
    assert raters.context["flagged_raters"][0][0] == flagged
    for check in GoldCheck.objects.all():
        gold_checks.retire(gold_check_id=check.pk, actor=lead)
    assert flagged_raters(run) == []


def test_the_setting_is_frozen_at_opening_with_the_checks_that_suit_the_run() -> None:
    run, _people = make_gold_run(percent=10, training=1, checks=3)
    make_gold_checks(run.project, 2)
    assert RunGoldCheck.objects.filter(run=run, is_training=True).count() == 1
    assert RunGoldCheck.objects.filter(run=run, is_training=False).count() == 2
    event = run.events.get(action="open_voting")
    assert event.detail["gold_checks"] == {"percent": 10, "mixed_in": 2, "training": 1}
    with pytest.raises(RunCannotOpen):
        make_gold_run(percent=10, training=2, checks=2)


def test_leads_add_gold_checks_from_closed_runs_and_hide_them_from_voters(client: Client) -> None:
    run, (ann, _bob) = make_small_run(examples=4)
    vote_in_order(run, ann, ["candidate"])
    closed = run.comparisons.get(state="closed")
    lead = make_member(run.project, Role.LEAD)
    page = reverse("evaluation:gold_from_run", args=[run.project.slug, run.pk, closed.position])
    agreed = {"expected": "first", "explanation": "It answers."}
    client.force_login(lead)
    assert client.post(page, agreed).status_code == 409, "the run is open"
    closing.close_run(run_id=run.pk, actor=None)
    assert client.post(page, {**agreed, "explanation": ""}).status_code == 422
    assert client.post(page, agreed).status_code == 302
    assert client.post(page, agreed).status_code == 409, "it is one already"
    check = GoldCheck.objects.get(source=closed)
    assert check.events.get().action == "add_gold_check"
    listed = reverse("evaluation:gold", args=[run.project.slug])
    assert client.get(listed).context["rows"][0].check == check
    with pytest.raises(PermissionDeniedError):
        gold_checks.retire(gold_check_id=check.pk, actor=ann)


def test_a_lead_who_votes_in_a_run_with_gold_checks_does_not_see_them(client: Client) -> None:
    run, _people = make_gold_run(percent=10)
    lead = make_member(run.project, Role.LEAD)
    client.force_login(lead)
    page = reverse("evaluation:gold", args=[run.project.slug])
    assert client.get(page).status_code == 200
    run_setup.create_rater(run, lead)
    assert client.get(page).status_code == 403


def test_voting_begins_after_the_training_round_with_its_agreed_answers(client: Client) -> None:
    run, (ann, _bob) = make_gold_run(training=2, checks=2)
    with pytest.raises(TrainingNeeded):
        leases.lease_comparisons(run_id=run.pk, actor=ann)
    client.force_login(ann)
    vote = reverse("evaluation:vote", args=[run.project.slug, run.pk])
    page = reverse("evaluation:training", args=[run.project.slug, run.pk])
    assert client.get(vote)["Location"] == page
    for number in (1, 2):
        shown = client.get(page)
        assert client.get(page).content == shown.content or number
        lease = shown.context["lease_id"]
        side = GoldLease.objects.get(public_id=lease).left
        right = "left" if side == "first" else "right"
        answer = client.post(page, {"lease": lease, "choice": right if number == 1 else "both_bad"})
        assert "It says the day." in answer.content.decode()
        assert answer.context["chosen"] == CHOICE_LABELS[answer.context["answered"].choice]
        assert f"You chose “{answer.context['chosen']}”" in answer.content.decode()
        assert answer.context["answered"].is_right is (number == 1)
        assert ROLES.findall(answer.content.decode()) == []
        again = client.post(page, {"lease": lease, "choice": "both_good"})
        assert again.context["answered"].choice != "both_good"
    assert client.get(page).context["right"] == 1
    assert client.get(vote).status_code == 200
    assert leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert gold_accuracy([rater_of(run, ann).pk]) == {}
    assert not Lease.objects.filter(state="voted").exists()


def test_a_closed_run_asks_for_no_training_round(client: Client) -> None:
    run, (ann, _bob) = make_gold_run(training=2, checks=2)
    EvaluationRun.objects.filter(pk=run.pk).update(state="closed")
    client.force_login(ann)
    vote = reverse("evaluation:vote", args=[run.project.slug, run.pk])
    page = client.get(reverse("evaluation:training", args=[run.project.slug, run.pk]), follow=True)
    assert page.redirect_chain[0][0] == vote
    assert page.context["nothing"] == "closed"


def test_an_erased_or_repeated_prompt_is_not_used() -> None:
    run, (ann, _bob) = make_small_run(examples=4)
    vote_in_order(run, ann, ["candidate"])
    closing.close_run(run_id=run.pk, actor=None)
    closed = run.comparisons.get(state="closed")
    lead = make_member(run.project, Role.LEAD)
    gold_checks.add_compared(
        comparison_id=closed.pk, expected="first", explanation="It answers.", actor=lead
    )
    again, _people = make_small_run(examples=4, project=run.project)
    EvaluationRun.objects.filter(pk=again.pk).update(gold_percent=5)
    again.refresh_from_db()
    assert runs._too_few_gold_checks(again)
    other = make_project()
    assert not GoldCheck.objects.filter(project=other).exists()
    with pytest.raises(InvalidTransition):
        gold_checks.add_compared(
            comparison_id=closed.pk, expected="first", explanation="It answers.", actor=lead
        )
