"""Votes, measurements and a removal at once: nothing is lost, counted twice or deadlocked."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from evaluation.results.actions import gates, raters
from evaluation.results.models import GateCheck
from evaluation.results.reports import build_report
from evaluation.runs.models import EvaluationRun, RemovalRule, RunEvent
from evaluation.voting.actions import leases, votes
from evaluation.voting.models import Lease, Vote
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import User
from tests.factories.voting import make_small_run
from tests.walks import assert_same_walk

pytestmark = pytest.mark.django_db(transaction=True)


def vote_to_the_end(run: EvaluationRun, actor: User) -> None:
    """Vote until nothing is left for this reviewer, or until they are removed."""
    with suppress(PermissionDeniedError):
        served = leases.lease_comparisons(run_id=run.pk, actor=actor)
        while served:
            served = votes.cast_and_lease(
                actor=actor, lease_id=served[0].public_id, choice="left"
            ).served


def test_what_was_measured_while_people_voted_is_what_the_votes_say() -> None:
    run, crowd = make_small_run(reviewers=4, examples=48, votes=2)
    begin = Barrier(6)

    def vote(person: User) -> None:
        begin.wait()
        try:
            vote_to_the_end(run, person)
        finally:
            connection.close()

    def measure() -> None:
        begin.wait()
        try:
            for _ in range(8):
                gates.measure_gates(run_id=run.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(vote, person) for person in crowd]
        done += [pool.submit(measure) for _ in range(2)]
        for future in done:
            future.result()
    step_by_step = gates.measure_gates(run_id=run.pk)
    assert step_by_step.overall.tally.n == 48
    assert step_by_step.overall.tally.votes == Vote.objects.filter(run=run).count() == 96
    checks = {
        (check.gate, check.subject): check.state for check in GateCheck.objects.filter(run=run)
    }
    assert checks == {(gate.gate, gate.subject): gate.state for gate in step_by_step.gates}
    run.tallies.all().delete()
    assert_same_walk(build_report(run).walk.main, step_by_step.walk.main)
    crossed = RunEvent.objects.filter(
        run=run, action="gate_changed", detail__gate="overall_superiority", after="passed"
    )
    assert crossed.count() <= 1


def test_no_vote_of_a_removed_rater_stands_whenever_it_was_cast() -> None:
    run, crowd = make_small_run(reviewers=3, examples=60, votes=2)
    fast = run.raters.get(user=crowd[0])
    begin = Barrier(4)

    def vote(person: User) -> None:
        begin.wait()
        try:
            vote_to_the_end(run, person)
        finally:
            connection.close()

    def remove() -> None:
        begin.wait()
        try:
            raters.remove_rater(
                rater_id=fast.pk, actor=None, rule=RemovalRule.TOO_FAST, reason="One second each."
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(vote, person) for person in crowd]
        done.append(pool.submit(remove))
        for future in done:
            future.result()
    assert not Vote.objects.filter(rater=fast, undone_at__isnull=True).exists()
    assert not Vote.objects.filter(rater=fast, counted=True).exists()
    # A lease that was on its way when they were removed runs out like any other.
    Lease.objects.filter(rater=fast).update(expires_at=timezone.now() - timedelta(seconds=1))
    for person in crowd[1:]:
        vote_to_the_end(run, person)
    report = gates.measure_gates(run_id=run.pk)
    assert (report.overall.tally.n, report.votes) == (60, 120)
