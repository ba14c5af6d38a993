"""Casting, undoing, giving reasons, reporting: what is stored and what is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from evaluation.runs.models import Comparison, EvaluationRun, RunEvent
from evaluation.voting.actions import leases, undo, votes
from evaluation.voting.actions.broken import report_broken
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.feedback import VoteFeedback
from evaluation.voting.models import Lease, Vote
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.models import User
from tests.factories.voting import CANDIDATE_BEGINS, make_small_run

World = tuple[EvaluationRun, list[User]]
pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """A run of four examples that need two votes, and three reviewers."""
    return make_small_run(reviewers=3, votes=2)


def lease(run: EvaluationRun, actor: User) -> ServedComparison:
    return leases.lease_comparisons(run_id=run.pk, actor=actor)[0]


def expire_all() -> None:
    Lease.objects.filter(state="leased").update(expires_at=timezone.now() - timedelta(hours=1))


@pytest.mark.parametrize(
    ("choice", "winner"),
    [("left", "left"), ("right", "right"), ("both_good", ""), ("both_bad", "")],
)
def test_what_was_clicked_is_what_is_stored(world: World, choice: str, winner: str) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    vote = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice=choice).vote
    if winner:
        won = getattr(served, winner).startswith(CANDIDATE_BEGINS)
        expected = "candidate" if won else "baseline"
    else:
        expected = choice.replace("both", "tie")
    vote.refresh_from_db()
    assert (vote.choice, vote.verdict, vote.counted) == (choice, expected, True)
    comparison = vote.comparison
    assert getattr(comparison, f"closing_{expected}") == 1
    assert getattr(comparison, f"all_{expected}") == 1
    assert comparison.state == Comparison.State.OPEN


def test_an_example_closes_with_its_last_needed_vote(world: World) -> None:
    run, (ann, bob, _cy) = world
    for actor in (ann, bob):
        served = lease(run, actor)
        cast = votes.cast_and_lease(actor=actor, lease_id=served.public_id, choice="both_good")
    assert cast.vote.comparison.state == "closed"
    comparison = run.comparisons.get(position=1)
    assert (comparison.state, comparison.closing_tie_good) == ("closed", 2)
    assert comparison.closed_at is not None


def test_the_same_vote_twice_counts_once_and_gets_the_same_answer(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    first = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    again = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    assert (again.vote, again.served) == (first.vote, first.served)
    assert Vote.objects.count() == 1
    assert run.comparisons.get(position=1).closing_votes == 1


def test_a_different_second_vote_is_refused(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    with pytest.raises(InvalidTransition, match="differently"):
        votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="right")
    assert Vote.objects.get().choice == "left"


def test_an_unknown_choice_never_becomes_a_tie(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    with pytest.raises(InvalidInput):
        votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="neither")
    assert not Vote.objects.exists()


def test_nobody_votes_on_what_another_was_given(world: World) -> None:
    run, (ann, bob, _cy) = world
    served = lease(run, ann)
    with pytest.raises(PermissionDeniedError):
        votes.cast_and_lease(actor=bob, lease_id=served.public_id, choice="left")


def test_a_late_vote_is_taken_while_there_is_a_place(world: World) -> None:
    run, (ann, bob, cy) = world
    late = lease(run, ann)
    expire_all()
    other = lease(run, bob)
    votes.cast_and_lease(actor=bob, lease_id=other.public_id, choice="left")
    votes.cast_and_lease(actor=ann, lease_id=late.public_id, choice="left")
    assert run.comparisons.get(position=1).state == "closed"
    assert sorted(Lease.objects.filter(state="voted").values_list("slot", flat=True)) == [1, 2]
    assert cy not in [vote.rater.user for vote in Vote.objects.all()]


def test_a_late_vote_never_goes_over_the_quota(world: World) -> None:
    run, (ann, bob, cy) = world
    late = lease(run, ann)
    expire_all()
    for actor in (bob, cy):
        votes.cast_and_lease(actor=actor, lease_id=lease(run, actor).public_id, choice="both_bad")
    with pytest.raises(InvalidTransition, match="not stored"):
        votes.cast_and_lease(actor=ann, lease_id=late.public_id, choice="left")
    assert Vote.objects.count() == 2


def test_a_late_vote_does_not_take_the_place_of_a_live_lease(world: World) -> None:
    run, (ann, bob, cy) = world
    late = lease(run, ann)
    expire_all()
    for actor in (bob, cy):
        lease(run, actor)
    with pytest.raises(InvalidTransition, match="ran out"):
        votes.cast_and_lease(actor=ann, lease_id=late.public_id, choice="left")


def test_a_late_vote_ends_the_newer_lease_of_the_same_reviewer(world: World) -> None:
    run, (ann, *_others) = world
    late = lease(run, ann)
    leases.release_leases(run_id=run.pk, actor=ann)
    newer = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=late.public_id, choice="left")
    with pytest.raises(InvalidTransition, match="already"):
        votes.cast_and_lease(actor=ann, lease_id=newer.public_id, choice="left")
    assert Vote.objects.count() == 1


def test_a_closed_run_takes_no_votes(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    EvaluationRun.objects.filter(pk=run.pk).update(state="closed")
    with pytest.raises(InvalidTransition, match="ended"):
        votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")


def test_a_paused_run_still_takes_what_was_on_the_screen(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    EvaluationRun.objects.filter(pk=run.pk).update(paused=True)
    cast = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    assert cast.served == []
    assert Vote.objects.count() == 1


def test_undo_gives_the_same_comparison_back_with_the_same_sides(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    undone = undo.undo(actor=ann, lease_id=served.public_id)
    assert undo.undo(actor=ann, lease_id=served.public_id) == undone
    again = undone.served
    shown = lease(run, ann)
    assert shown == again
    assert shown.public_id != served.public_id
    assert (shown.left, shown.right) == (served.left, served.right)
    assert run.comparisons.get(position=1).closing_votes == 0
    votes.cast_and_lease(actor=ann, lease_id=again.public_id, choice="right")
    assert list(Vote.objects.order_by("pk").values_list("choice", "counted")) == [
        ("left", False),
        ("right", True),
    ]


def test_undo_is_refused_once_the_example_is_closed() -> None:
    run, (ann,) = make_small_run(reviewers=1)
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    with pytest.raises(InvalidTransition, match="complete"):
        undo.undo(actor=ann, lease_id=served.public_id)
    assert Vote.objects.get().undone_at is None


def test_a_vote_taken_back_cannot_be_sent_again(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    undo.undo(actor=ann, lease_id=served.public_id)
    with pytest.raises(InvalidTransition, match="undid this vote"):
        votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")


def test_reasons_replace_what_was_said_before(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    for reasons in ({"left": ["correct"]}, {"left": ["good_tone"], "right": ["wrong"]}):
        feedback = VoteFeedback(reasons, rationale=" cites the rule ", recognised=True)
        votes.set_feedback(actor=ann, lease_id=served.public_id, feedback=feedback)
    vote = Vote.objects.get()
    assert vote.reasons == {"left": ["good_tone"], "right": ["wrong"]}
    assert (vote.rationale, vote.recognised) == ("cites the rule", True)


UNSAYABLE = [
    VoteFeedback({"middle": ["correct"]}),
    VoteFeedback({"left": ["candidate"]}),
    VoteFeedback(rationale="x" * 2001),
    VoteFeedback(rationale="a\0b"),
]


@pytest.mark.parametrize("feedback", UNSAYABLE)
def test_what_cannot_be_said_is_refused(world: World, feedback: VoteFeedback) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    with pytest.raises(InvalidInput):
        votes.set_feedback(actor=ann, lease_id=served.public_id, feedback=feedback)


@pytest.mark.parametrize("feedback", UNSAYABLE)
def test_a_vote_that_comes_with_what_cannot_be_said_is_not_stored(
    world: World, feedback: VoteFeedback
) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    with pytest.raises(InvalidInput):
        votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left", feedback=feedback)
    assert not Vote.objects.exists()
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="right")
    assert Vote.objects.get().choice == "right"


def test_a_broken_example_is_set_aside_for_everybody(world: World) -> None:
    run, (ann, bob, _cy) = world
    mine, theirs = lease(run, ann), lease(run, bob)
    for _ in range(2):
        report_broken(actor=ann, lease_id=mine.public_id, note="Cut off")
    assert run.comparisons.get(position=1).state == Comparison.State.SET_ASIDE
    with pytest.raises(InvalidTransition, match="broken"):
        votes.cast_and_lease(actor=bob, lease_id=theirs.public_id, choice="left")
    event = RunEvent.objects.get(action="report_broken")
    assert (event.actor, event.reason, event.after) == (ann, "Cut off", "set_aside")


@pytest.mark.parametrize("note", ["", "  ", "x" * 401])
def test_a_report_says_what_is_broken(world: World, note: str) -> None:
    run, (ann, *_others) = world
    with pytest.raises(InvalidInput):
        report_broken(actor=ann, lease_id=lease(run, ann).public_id, note=note)


def test_what_was_voted_on_is_not_reported(world: World) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
    with pytest.raises(InvalidTransition):
        report_broken(actor=ann, lease_id=served.public_id, note="Cut off")


def test_vote_and_next_take_few_statements(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run, (ann, *_others) = world
    served = lease(run, ann)
    with django_assert_num_queries(6):  # two of them the test's savepoint
        votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
