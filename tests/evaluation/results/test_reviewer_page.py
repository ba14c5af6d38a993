"""The page of a reviewer: what it counts, who may open it, and what it hides in an open run."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from evaluation.results.actions import closing
from evaluation.results.reports.reviewer import ReviewerRow, reviewer_rows
from evaluation.runs.actions import run_setup
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions import leases
from evaluation.voting.progress import seconds_per_vote
from reviewapp.people.models import Role, User
from tests.factories.people import make_member
from tests.factories.verdicts import held_leases, vote_in_order
from tests.factories.voting import make_small_run

pytestmark = pytest.mark.django_db
World = tuple[EvaluationRun, list[User]]


@pytest.fixture
def world() -> World:
    """A run of four examples with three votes each; two agree on two of three."""
    run, (ann, bob, cat) = make_small_run(reviewers=3, examples=4, votes=3)
    vote_in_order(run, ann, ["candidate", "tie_good", "baseline"])
    vote_in_order(run, bob, ["candidate", "tie_bad", "candidate"])
    vote_in_order(run, cat, ["baseline"])
    return run, [ann, bob, cat]


def row_of(run: EvaluationRun, member: User, reader: User) -> ReviewerRow:
    (row,) = reviewer_rows(member=member, project=run.project, reader=reader)
    return row


def address(run: EvaluationRun, member: User) -> str:
    return reverse("evaluation:reviewer", args=[run.project.slug, member.pk])


def test_agreement_is_the_mean_over_shared_examples_and_ties_are_alike(world: World) -> None:
    run, (ann, _bob, cat) = world
    lead = make_member(run.project, Role.LEAD)
    # Half of the others on the first, all on the second, none on the third.
    assert row_of(run, ann, lead).agreement.share == pytest.approx(0.5)
    assert row_of(run, ann, lead).agreement.examples == 3
    assert row_of(run, cat, lead).agreement.share == 0
    assert row_of(run, cat, lead).agreement.interval.lower == 0


def test_speed_is_the_median_gap_without_breaks(world: World) -> None:
    run, (ann, _bob, cat) = world
    now = timezone.now()
    times = [now - timedelta(seconds=after) for after in (0, 6, 16, 2000)]
    assert seconds_per_vote(times) == pytest.approx(8)
    assert row_of(run, ann, ann).seconds == 1
    assert row_of(run, cat, cat).seconds is None


def test_a_skip_counts_until_its_reviewer_votes_on_it(world: World) -> None:
    run, (ann, _bob, cat) = world
    (lease,) = held_leases(run, cat)
    leases.skip(actor=cat, lease_id=lease.public_id)
    assert [row_of(run, who, who).skips for who in (ann, cat)] == [0, 1]


def test_the_left_share_counts_decisive_votes(world: World) -> None:
    run, (ann, _bob, _cat) = world
    left = row_of(run, ann, make_member(run.project, Role.LEAD)).left
    assert left.n == 2


def test_a_lead_opens_the_page_of_each_reviewer_and_reviewers_only_their_own(
    world: World, client: Client
) -> None:
    run, (ann, bob, _cat) = world
    for reader, status in (
        (make_member(run.project, Role.LEAD), 200),
        (ann, 200),
        (bob, 403),
        (make_member(run.project, Role.ANNOTATOR), 403),
    ):
        client.force_login(reader)
        assert client.get(address(run, ann)).status_code == status
    client.force_login(bob)
    assert client.get(address(run, User(pk=10**9))).status_code == 403


def test_agreement_and_sides_of_an_open_run_are_hidden_from_those_who_vote_in_it(
    world: World,
) -> None:
    run, (ann, bob, _cat) = world
    lead = make_member(run.project, Role.LEAD)
    assert not row_of(run, ann, lead).denied_reason
    run_setup.create_rater(run, lead)
    assert row_of(run, ann, ann).denied_reason
    assert row_of(run, ann, ann).shows_effort
    assert row_of(run, bob, lead).denied_reason
    assert not row_of(run, bob, lead).shows_effort
    closing.close_run(run_id=run.pk, actor=None)
    assert not row_of(run, bob, lead).denied_reason
    assert not row_of(run, ann, ann).denied_reason


def test_the_own_page_names_no_model_and_no_figure_of_others(world: World, client: Client) -> None:
    run, (ann, _bob, _cat) = world
    client.force_login(ann)
    for state in ("open", "closed"):
        if state == "closed":
            closing.close_run(run_id=run.pk, actor=None)
        page = client.get(address(run, ann)).content.decode()
        hidden = (run.candidate.name, run.baseline.name, run.name)
        assert [name for name in hidden if name in page] == []
        assert re.findall(r"candidate|baseline", page, re.I) == []


def test_the_page_takes_as_many_queries_for_many_runs_as_for_one(world: World) -> None:
    run, (ann, _bob, _cat) = world
    lead = make_member(run.project, Role.LEAD)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            reviewer_rows(member=ann, project=run.project, reader=lead)
        return len(captured)

    first = queries()
    for _ in range(3):
        another, _people = make_small_run(project=run.project)
        run_setup.create_rater(another, ann)
    assert queries() <= first + 3, "one more for each open run at most"
