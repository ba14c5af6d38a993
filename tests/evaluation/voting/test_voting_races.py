"""Many reviewers at once, each on a connection of their own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from itertools import cycle
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from evaluation.results.actions import closing
from evaluation.runs.models import EvaluationRun
from evaluation.stats.verdicts import Choice
from evaluation.voting.actions import leases, settling, undo, votes
from evaluation.voting.models import Lease, Vote
from reviewapp.core.db.prepared import fetch_all
from reviewapp.core.errors import InvalidTransition
from reviewapp.people.models import User
from tests.factories.voting import make_small_run
from tests.workers import eventually

pytestmark = pytest.mark.django_db(transaction=True)
Result = TypeVar("Result")
CROWD = 32


def at_once(number: int, work: Callable[[int], Result]) -> list[Result]:
    """Run `work` in so many threads that begin together; each closes its connection."""
    barrier = Barrier(number)

    def thread(index: int) -> Result:
        barrier.wait()
        try:
            return work(index)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(thread, range(number)))


def vote_to_the_end(run: EvaluationRun, actor: User) -> int:
    """Vote until nothing is left for this reviewer; how many votes that were."""
    served, done = leases.lease_comparisons(run_id=run.pk, actor=actor), 0
    for choice in cycle(Choice):
        if not served:
            break
        served = votes.cast_and_lease(
            actor=actor, lease_id=served[0].public_id, choice=choice
        ).served
        done += 1
    return done


@pytest.mark.parametrize(("examples", "places"), [(96, 1), (24, 3)])
def test_a_crowd_gives_each_example_exactly_the_votes_it_needs(examples: int, places: int) -> None:
    run, crowd = make_small_run(reviewers=CROWD, examples=examples, votes=places)
    done = at_once(CROWD, lambda index: vote_to_the_end(run, crowd[index]))
    assert sum(done) == Vote.objects.count() == examples * places
    counts = run.comparisons.annotate(cast=Count("votes")).values_list("state", "cast")
    assert set(counts) == {("closed", places)}
    pairs = Counter(Vote.objects.values_list("comparison", "rater"))
    assert max(pairs.values()) == 1
    assert not Lease.objects.exclude(state="voted").exists()


def test_the_last_places_go_to_as_many_as_there_are() -> None:
    run, crowd = make_small_run(reviewers=12, examples=1, votes=5)
    got = at_once(12, lambda index: leases.lease_comparisons(run_id=run.pk, actor=crowd[index]))
    assert sum(map(len, got)) == 5
    assert sorted(Lease.objects.values_list("slot", flat=True)) == [1, 2, 3, 4, 5]


def test_nobody_is_sent_home_while_others_look_at_the_same_row() -> None:
    run, crowd = make_small_run(reviewers=12, examples=1, votes=12)
    got = at_once(12, lambda index: leases.lease_comparisons(run_id=run.pk, actor=crowd[index]))
    assert [len(served) for served in got] == [1] * 12


def test_the_same_vote_many_times_at_once_counts_once() -> None:
    run, (ann,) = make_small_run(reviewers=1, examples=3)
    first = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]
    cast = at_once(
        8,
        lambda _index: votes.cast_and_lease(actor=ann, lease_id=first.public_id, choice="left"),
    )
    assert {result.vote.pk for result in cast} == {Vote.objects.get().pk}
    assert all(result.served[0].public_id == cast[0].served[0].public_id for result in cast)


def test_of_different_votes_at_once_one_stands_and_the_others_are_told() -> None:
    run, (ann,) = make_small_run(reviewers=1, examples=3)
    first = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]

    def vote(index: int) -> str:
        choice = list(Choice)[index]
        try:
            votes.cast_and_lease(actor=ann, lease_id=first.public_id, choice=choice)
        except InvalidTransition:
            return ""
        return choice

    stored = [choice for choice in at_once(4, vote) if choice]
    assert stored == [Vote.objects.get().choice]


def test_late_voters_and_new_ones_share_the_places() -> None:
    run, crowd = make_small_run(reviewers=8, examples=1, votes=4)
    late = [leases.lease_comparisons(run_id=run.pk, actor=actor)[0] for actor in crowd[:4]]
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    def act(index: int) -> None:
        if index >= len(late):
            vote_to_the_end(run, crowd[index])
            return
        with suppress(InvalidTransition):
            votes.cast_and_lease(actor=crowd[index], lease_id=late[index].public_id, choice="left")

    at_once(8, act)
    assert Vote.objects.count() == 4
    assert run.comparisons.get().state == "closed"


def own_pid() -> int:
    ((pid,),) = fetch_all("SELECT pg_backend_pid()", {})
    return int(pid)


def wait_until_blocked(pids: set[int]) -> None:
    """Wait until one of these connections waits for a lock."""
    eventually(
        lambda: bool(
            fetch_all(
                "SELECT pid FROM pg_locks WHERE pid = ANY (%(pids)s) AND NOT granted",
                {"pids": list(pids)},
            )
        ),
        "the other transaction waits",
    )


def test_a_vote_that_is_being_stored_is_inside_the_close() -> None:
    run, (ann,) = make_small_run(reviewers=1)
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]
    pids: set[int] = set()

    def close() -> None:
        pids.add(own_pid())
        closing.close_run(run_id=run.pk, actor=None)
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            vote = votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left").vote
            under_way = pool.submit(close)
            wait_until_blocked(pids)
        under_way.result()
    run.refresh_from_db()
    assert run.closed_at is not None
    assert vote.at <= run.closed_at
    assert run.tallies.get(intent=None).through == 1


def test_a_vote_that_waits_for_the_close_is_refused() -> None:
    run, (ann,) = make_small_run(reviewers=1)
    served = leases.lease_comparisons(run_id=run.pk, actor=ann)[0]
    pids: set[int] = set()

    def vote() -> None:
        pids.add(own_pid())
        try:
            votes.cast_and_lease(actor=ann, lease_id=served.public_id, choice="left")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            closing.close_run(run_id=run.pk, actor=None)
            late = pool.submit(vote)
            wait_until_blocked(pids)
        with pytest.raises(InvalidTransition, match="has ended"):
            late.result()
    assert not Vote.objects.exists()


@pytest.mark.parametrize("rival", ["next_vote", "beat"])
def test_of_an_undo_and_a_close_at_once_one_holds(rival: str, settings: Any) -> None:
    """Whoever comes first: the vote is undone and its example open, or both stand."""
    settings.VOTE_UNDO_SECONDS = 60
    run, people = make_small_run(reviewers=6, examples=24)
    on_screen = {}
    for actor in people:
        first = leases.lease_comparisons(run_id=run.pk, actor=actor)[0].public_id
        following = votes.cast_and_lease(actor=actor, lease_id=first, choice="left").served
        on_screen[actor] = (first, following[0].public_id)
    if rival == "beat":
        for actor in people:
            leases.release_leases(run_id=run.pk, actor=actor)
        settings.VOTE_UNDO_SECONDS = 1e-6

    def act(index: int) -> bool:
        actor = people[index // 2]
        first, following = on_screen[actor]
        if index % 2 == 0:
            with suppress(InvalidTransition):
                undo.undo(actor=actor, lease_id=first)
                return True
        elif rival == "beat":
            settling.close_overdue([run.pk])
        else:
            votes.cast_and_lease(actor=actor, lease_id=following, choice="right")
        return False

    done = at_once(12, act)
    settling.close_overdue([run.pk])
    for index, actor in enumerate(people):
        lease = Lease.objects.select_related("comparison", "vote").get(
            public_id=on_screen[actor][0]
        )
        was_undone = done[2 * index]
        assert (lease.vote.undone_at is not None) == was_undone
        assert (lease.comparison.state, lease.comparison.closing_votes) == (
            ("open", 0) if was_undone else ("closed", 1)
        )
