"""The time to undo: a full example counts only when its last votes can no longer be undone."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from evaluation.results.actions import closing, gates
from evaluation.results.reports import build_report
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions import leases, undo, votes
from evaluation.voting.actions.broken import report_broken
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.feedback import VoteFeedback
from evaluation.voting.models import Lease, Vote
from evaluation.voting.progress import undoable_vote
from evaluation.voting.undoable import undo_seconds_left
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import User
from tests.factories.voting import make_small_run, positions

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(settings: Any) -> "Clock":
    settings.VOTE_UNDO_SECONDS = 60
    return Clock(settings)


def held(run: EvaluationRun, actor: User) -> list[ServedComparison]:
    return leases.lease_comparisons(run_id=run.pk, actor=actor)


def vote(run: EvaluationRun, actor: User, choice: str = "left") -> ServedComparison:
    """Vote on what is served first; return it."""
    served = held(run, actor)[0]
    votes.cast_and_lease(actor=actor, lease_id=served.public_id, choice=choice)
    return served


def states(run: EvaluationRun) -> list[str]:
    return list(run.comparisons.order_by("position").values_list("state", flat=True))


def counted(run: EvaluationRun) -> int:
    return build_report(EvaluationRun.objects.get(pk=run.pk)).overall.tally.n


class Clock:
    """Lets time pass: votes never change, so the times of the settings become short instead."""

    def __init__(self, settings: Any) -> None:
        self._settings = settings

    def pass_minute(self) -> None:
        """Pass the time to undo without a next comparison."""
        self._settings.VOTE_UNDO_SECONDS = 1e-6

    def pass_lease(self) -> None:
        """Pass the duration of a lease."""
        self.pass_minute()
        self._settings.VOTE_LEASE_SECONDS = 1e-6


def tick(run: EvaluationRun) -> list[str]:
    """Do what is done every few seconds; return the states afterwards."""
    gates.measure_pending()
    return states(run)


def test_a_full_example_is_neither_served_nor_counted_while_its_vote_can_be_undone() -> None:
    run, (ann, bob) = make_small_run(examples=3)
    vote(run, ann)
    assert states(run) == ["open"] * 3
    assert gates.measure_gates(run_id=run.pk).overall.tally.n == counted(run) == 0
    assert positions(held(run, bob)) == []  # Ann holds the two others.
    leases.release_leases(run_id=run.pk, actor=ann)
    assert positions(held(run, bob)) == [2, 3]


@pytest.mark.parametrize("go_on", ["vote", "skip", "broken"])
def test_an_example_closes_when_its_voter_goes_on(go_on: str) -> None:
    run, (ann, _bob) = make_small_run()
    vote(run, ann)
    following = held(run, ann)[0].public_id
    if go_on == "vote":
        votes.cast_and_lease(actor=ann, lease_id=following, choice="left")
    elif go_on == "skip":
        leases.skip(actor=ann, lease_id=following)
    else:
        report_broken(actor=ann, lease_id=following, note="Cut off")
    assert states(run)[0] == "closed"
    assert gates.measure_gates(run_id=run.pk).overall.tally.n == 1


def test_an_undone_vote_frees_its_example_for_the_same_reviewer_with_the_earlier_choice(
    clock: Clock,
) -> None:
    run, (ann, bob) = make_small_run(examples=3)
    served = vote(run, ann)
    said = VoteFeedback({"left": ["correct"]}, "cites the rule")
    votes.set_feedback(actor=ann, lease_id=served.public_id, feedback=said)
    undone = undo.undo(actor=ann, lease_id=served.public_id)
    assert undone.vote is not None
    assert undo.earlier_vote(undone.vote) == {
        "choice": "left",
        "reasons": {"left": ["correct"]},
        "rationale": "cites the rule",
        "recognised": False,
        "criteria": {},
    }
    assert (undone.served.left, undone.served.right) == (served.left, served.right)
    assert held(run, bob) == []
    clock.pass_lease()
    gates.measure_pending()
    assert run.comparisons.get(position=1).full_at is None
    votes.cast_and_lease(actor=ann, lease_id=undone.served.public_id, choice="right")
    clock.pass_lease()
    assert (tick(run)[0], counted(run)) == ("closed", 1)
    assert Vote.objects.get(undone_at=None).choice == "right"


def test_a_vote_before_the_last_can_no_longer_be_undone() -> None:
    run, (ann, _bob) = make_small_run()
    first, second = vote(run, ann), vote(run, ann)
    with pytest.raises(InvalidTransition, match="complete"):
        undo.undo(actor=ann, lease_id=first.public_id)
    undo.undo(actor=ann, lease_id=second.public_id)
    assert states(run)[:2] == ["closed", "open"]


def test_the_last_vote_of_a_run_closes_its_example_by_itself(clock: Clock) -> None:
    run, (ann, _bob) = make_small_run(examples=1)
    vote(run, ann)
    gates.measure_pending()
    assert (states(run), gates.measure_pending()) == (["open"], 0)
    clock.pass_minute()
    assert gates.measure_pending() == 1
    assert (states(run), counted(run)) == (["closed"], 1)
    assert gates.measure_pending() == 0


def test_closing_a_run_makes_every_vote_final() -> None:
    run, (ann, bob) = make_small_run(examples=2)
    vote(run, ann)
    served = vote(run, bob) if held(run, bob) else vote(run, ann)
    closing.close_run(run_id=run.pk, actor=None)
    assert (states(run), counted(run)) == (["closed"] * 2, 2)
    with pytest.raises(InvalidTransition, match="ended"):
        undo.undo(actor=ann, lease_id=served.public_id)


def test_an_example_with_several_voters_waits_for_the_last_of_them_to_go_on() -> None:
    run, (ann, bob) = make_small_run(votes=2)
    vote(run, ann)
    first = vote(run, bob)
    vote(run, bob)
    assert states(run)[0] == "open"  # Ann is on the comparison after it.
    vote(run, ann)
    assert states(run)[0] == "closed"
    with pytest.raises(InvalidTransition, match="complete"):
        undo.undo(actor=bob, lease_id=first.public_id)


def test_a_vote_can_be_undone_for_as_long_as_its_voter_is_on_the_next_comparison(
    clock: Clock,
) -> None:
    run, (ann, _bob) = make_small_run(examples=3)
    served = vote(run, ann)
    clock.pass_minute()
    assert (tick(run)[0], gates.measure_pending()) == ("open", 0)
    rater = run.raters.get(user=ann)
    assert (last := undoable_vote(rater)) is not None
    assert 60 < undo_seconds_left(last) <= 900
    assert undo.undo(actor=ann, lease_id=served.public_id).vote == last


def test_a_voter_who_stays_away_keeps_an_example_open_no_longer_than_a_lease(clock: Clock) -> None:
    run, (ann, bob) = make_small_run(votes=2)
    vote(run, ann)
    vote(run, bob)
    clock.pass_minute()
    vote(run, bob)
    assert states(run)[0] == "open"  # Ann is on the comparison after it.
    held(run, ann)  # Renews the lease, not the time to undo.
    clock.pass_lease()
    assert tick(run)[0] == "closed"
    assert undoable_vote(run.raters.get(user=ann)) is None


@pytest.mark.parametrize("ends", ["paused", "taken"])
def test_an_example_closes_when_the_lease_of_the_next_comparison_ends(
    ends: str, clock: Clock
) -> None:
    run, (ann, bob) = make_small_run(examples=3)
    vote(run, ann)
    clock.pass_minute()
    assert tick(run)[0] == "open"
    if ends == "paused":
        leases.release_leases(run_id=run.pk, actor=ann)
    else:
        Lease.objects.update(expires_at=timezone.now() - timedelta(hours=1))
        assert positions(held(run, bob)) == [2, 3]
    assert tick(run)[0] == "closed"


@pytest.mark.parametrize("go_on", ["skip", "broken"])
def test_a_voter_who_went_on_without_a_vote_is_not_waited_for(go_on: str) -> None:
    run, (ann, bob) = make_small_run(votes=2)
    vote(run, ann)
    following = held(run, ann)[0].public_id
    if go_on == "skip":
        leases.skip(actor=ann, lease_id=following)
    else:
        report_broken(actor=ann, lease_id=following, note="Cut off")
    vote(run, bob)
    assert states(run)[0] == "open"
    vote(run, bob)
    assert (states(run)[0], len(held(run, ann))) == ("closed", 2)


def test_no_look_ever_takes_back_what_it_counted() -> None:
    """Votes, undos and looks in turn: what a look counted is in every later one."""
    run, (ann, bob) = make_small_run(examples=8, votes=2)
    before: list[Fraction] = []
    for step in range(24):
        person = (ann, bob)[step % 2]
        if not held(run, person):
            continue
        served = vote(run, person, ("left", "right", "both_bad")[step % 3])
        if step % 4 == 1:
            undo.undo(actor=person, lease_id=served.public_id)
        order = gates.measure_gates(run_id=run.pk).walk.queue.order
        scores = [order.values[int(place)] for place in order.places]
        assert scores[: len(before)] == before
        before = scores
    assert len(before) > 2


def test_a_skip_is_undone_while_a_slot_is_free() -> None:
    run, (ann, bob) = make_small_run(examples=3)
    skipped = held(run, ann)[0]
    leases.skip(actor=ann, lease_id=skipped.public_id)
    gates.measure_pending()
    undone = undo.undo(actor=ann, lease_id=skipped.public_id)
    assert (undone.vote, undone.served.left) == (None, skipped.left)
    assert undo.undo(actor=ann, lease_id=skipped.public_id) == undone
    assert gates.measure_pending() == 1
    assert not Lease.objects.filter(state="skipped").exists()
    leases.skip(actor=ann, lease_id=undone.served.public_id)
    assert positions(held(run, bob))[0] == 1
    with pytest.raises(InvalidTransition, match="another reviewer"):
        undo.undo(actor=ann, lease_id=undone.served.public_id)
