"""Leasing: own first, served order, quotas, expiry, skips, what is served."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from evaluation.runs.models import Answer, Comparison, EvaluationRun, Rater
from evaluation.voting.actions import claim_sql, claims, gold_serving, leases, votes
from evaluation.voting.models import Lease
from reviewapp.core.db.prepared import fetch_all, fetch_one
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import User
from tests.factories.voting import make_reviewers, make_small_run, positions

World = tuple[EvaluationRun, list[User]]
pytestmark = pytest.mark.django_db


def expire_all() -> None:
    """Let the time of every lease run out."""
    Lease.objects.filter(state="leased").update(expires_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def pair() -> World:
    return make_small_run()


def test_two_are_leased_in_served_order_and_come_back_with_the_same_sides(pair: World) -> None:
    run, (ann, _bob) = pair
    first = leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert positions(first) == [1, 2]
    assert leases.lease_comparisons(run_id=run.pk, actor=ann) == first
    assert Lease.objects.count() == 2


def test_nobody_is_given_what_another_holds(pair: World) -> None:
    run, (ann, bob) = pair
    leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=bob)) == [3, 4]


def test_the_first_lease_says_when_the_comparison_was_served(pair: World) -> None:
    run, (ann, _bob) = pair
    leases.lease_comparisons(run_id=run.pk, actor=ann)
    served = run.comparisons.filter(first_served_at__isnull=False)
    assert list(served.values_list("position", flat=True)) == [1, 2]


def test_an_expired_lease_gives_its_comparison_back_at_its_place(pair: World) -> None:
    run, (ann, bob) = pair
    leases.lease_comparisons(run_id=run.pk, actor=ann)
    expire_all()
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=bob)) == [1, 2]
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann)) == [3, 4]


def test_an_expired_lease_that_nobody_took_is_still_mine(pair: World) -> None:
    run, (ann, _bob) = pair
    first = leases.lease_comparisons(run_id=run.pk, actor=ann)
    expire_all()
    assert leases.lease_comparisons(run_id=run.pk, actor=ann) == first
    assert not Lease.objects.filter(expires_at__lt=timezone.now()).exists()


def test_a_pause_gives_everything_back(pair: World) -> None:
    run, (ann, bob) = pair
    leases.lease_comparisons(run_id=run.pk, actor=ann)
    assert leases.release_leases(run_id=run.pk, actor=ann) == 2
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=bob)) == [1, 2]


def test_each_comparison_has_as_many_places_as_it_needs_votes() -> None:
    run, reviewers = make_small_run(reviewers=3, examples=2, votes=2)
    got = [
        positions(leases.lease_comparisons(run_id=run.pk, actor=reviewer)) for reviewer in reviewers
    ]
    assert got == [[1, 2], [1, 2], []]
    assert set(Lease.objects.values_list("slot", flat=True)) == {1, 2}


def test_what_i_skipped_comes_again_at_the_end_of_my_queue_only(pair: World) -> None:
    run, (ann, bob) = pair
    first, _second = leases.lease_comparisons(run_id=run.pk, actor=ann)
    leases.skip(actor=ann, lease_id=first.public_id)
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann)) == [2, 3]
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=bob)) == [1, 4]
    leases.release_leases(run_id=run.pk, actor=bob)
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann, count=4)) == [1, 2, 3, 4]


def test_skipped_ones_come_in_the_order_of_skipping(pair: World) -> None:
    run, (ann, _bob) = pair
    for expected in (1, 2, 3, 4, 1, 2):
        (only,) = leases.lease_comparisons(run_id=run.pk, actor=ann, count=1)
        assert positions([only]) == [expected]
        leases.skip(actor=ann, lease_id=only.public_id)


def test_skipping_twice_is_the_same_as_once(pair: World) -> None:
    run, (ann, _bob) = pair
    first, _second = leases.lease_comparisons(run_id=run.pk, actor=ann)
    for _ in range(2):
        leases.skip(actor=ann, lease_id=first.public_id)
    assert Lease.objects.filter(state="skipped").count() == 1


def test_what_i_voted_on_never_comes_again(pair: World) -> None:
    run, (ann, _bob) = pair
    Comparison.objects.update(votes_needed=2)
    seen: list[int] = []
    while served := leases.lease_comparisons(run_id=run.pk, actor=ann):
        seen += positions(served[:1])
        votes.cast_and_lease(actor=ann, lease_id=served[0].public_id, choice="left")
    assert seen == [1, 2, 3, 4]


def test_after_the_overall_decision_only_undecided_intents_are_served() -> None:
    run, (ann,) = make_small_run(reviewers=1, intents=("returns", "refunds"))
    now = timezone.now()
    run.intents.filter(name="returns").update(decided_at=now)
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann)) == [1, 2]
    leases.release_leases(run_id=run.pk, actor=ann)
    EvaluationRun.objects.filter(pk=run.pk).update(overall_decided_at=now)
    undecided = run.comparisons.filter(intent__name="refunds").order_by("position")
    served = leases.lease_comparisons(run_id=run.pk, actor=ann, count=4)
    assert positions(served) == list(undecided.values_list("position", flat=True))


def test_a_comparison_without_both_answers_is_not_served(pair: World) -> None:
    run, (ann, _bob) = pair
    runs = EvaluationRun.objects.filter(pk=run.pk)
    runs.update(state="generating")  # Answers of a run that is voting cannot change.
    Answer.objects.filter(comparison__position=1, model_version=run.baseline).update(state="failed")
    runs.update(state="voting")
    assert positions(leases.lease_comparisons(run_id=run.pk, actor=ann)) == [2, 3]


@pytest.mark.parametrize("changes", [{"paused": True}, {"state": "draft"}, {"state": "closed"}])
def test_a_run_that_does_not_vote_serves_nothing(pair: World, changes: dict[str, object]) -> None:
    run, (ann, _bob) = pair
    EvaluationRun.objects.filter(pk=run.pk).update(**changes)
    assert leases.lease_comparisons(run_id=run.pk, actor=ann) == []


def test_who_is_no_reviewer_of_the_run_is_refused(pair: World) -> None:
    run, (ann, _bob) = pair
    (stranger,) = make_reviewers(run.project, 1)
    with pytest.raises(PermissionDeniedError, match="not a reviewer of this run"):
        leases.lease_comparisons(run_id=run.pk, actor=stranger)
    Rater.objects.filter(user=ann).update(
        removed_at=timezone.now(), removal_rule="own_request", removal_reason="Asked."
    )
    with pytest.raises(PermissionDeniedError):
        leases.lease_comparisons(run_id=run.pk, actor=ann)


def test_sides_are_drawn_for_each_lease() -> None:
    run, (ann,) = make_small_run(reviewers=1, examples=60)
    leases.lease_comparisons(run_id=run.pk, actor=ann, count=60)
    left = Lease.objects.filter(left="candidate").count()
    # Outside this range fewer than once in 10**8 runs of the test.
    assert 8 <= left <= 52


@pytest.mark.parametrize(("late", "found"), [(2, [1]), (50, [])])
def test_who_comes_late_again_and_again_is_not_sent_to_what_was_skipped(
    pair: World, monkeypatch: pytest.MonkeyPatch, late: int, found: list[int]
) -> None:
    run, (ann, _bob) = pair
    asked: list[str] = []
    real = fetch_all

    def execute(statement: str, parameters: dict[str, Any]) -> list[Any]:
        asked.append(statement)
        # A row without an id: a place was found, and somebody else's lease stood in its slot.
        return [(None,) * 9] if len(asked) <= late else real(statement, parameters)

    monkeypatch.setattr(claims, "fetch_all", execute)
    assert (
        positions(gold_serving.lease_up_to(run=run, rater_id=run.raters.get(user=ann).pk, count=1))
        == found
    )
    fresh, again = claim_sql.SKIP_LOCKED
    assert set(asked) == {fresh.statement}
    assert again.statement != fresh.statement


def test_what_hangs_on_a_comparison_is_read_by_its_index_however_small_the_tables(
    pair: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, (ann, bob) = pair
    plans: list[str] = []
    real = fetch_all

    def execute(statement: str, parameters: dict[str, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (COSTS OFF) {statement}", parameters)
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
        return real(statement, parameters)

    monkeypatch.setattr(claims, "fetch_all", execute)
    # A plan is kept, so it has to fit a table that was looked at while there was nothing in it.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE evaluation_vote, evaluation_lease, evaluation_answer")
    leases.lease_comparisons(run_id=run.pk, actor=ann)
    claims.lease_one_blocking(run=run, rater_id=run.raters.get(user=bob).pk)
    claiming = [plan for plan in plans if "LockRows" in plan]
    assert len(claiming) >= 3
    assert not any("Seq Scan" in plan for plan in claiming), claiming
    # The unique index has the same order and holds the closed comparisons as well.
    assert "using comparison_servable" in claiming[0], claiming
    assert not any("comparison_order_total" in plan for plan in plans), plans


def test_a_statement_of_a_vote_is_planned_once_and_others_are_not_kept() -> None:
    usual = "SELECT %(n)s::int + 1"
    for number in range(6):
        assert fetch_one("SELECT %(n)s::int", {"n": number}) == (number,)
        with connection.cursor() as cursor:
            cursor.execute(usual, {"n": number})
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        kept = [statement for (statement,) in cursor.fetchall()]
    assert kept.count("SELECT $1::int") == 1
    assert not any("+ 1" in statement for statement in kept)
