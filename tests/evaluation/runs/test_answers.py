"""One answer: claimed once, within limits that all workers share, stored by the holder only."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from evaluation.audit import EVENTS
from evaluation.providers.base import (
    Completion,
    PermanentFailure,
    ProviderBlocked,
    TemporaryFailure,
)
from evaluation.registry.actions import job_calls
from evaluation.registry.actions.job_calls import JobCall
from evaluation.registry.models import Endpoint, ProviderCall
from evaluation.runs.actions import answers, dispatch, generation, runs
from evaluation.runs.models import Answer, EvaluationRun, RunEvent
from reviewapp.core.messages import message
from reviewapp.core.texts import render
from reviewapp.jobs.actions import release_lost_jobs
from tests.factories.runs import make_generating_run

pytestmark = pytest.mark.django_db
REASONS = {source.kind: source.reason for source in EVENTS}
SAID = Completion("Yes, within 30 days.", latency_ms=40, prompt_tokens=1000, completion_tokens=500)
TIMEOUT = message("providers.timeout")
SLOW_DOWN = message("providers.rate_limited", details="Too many requests today.", status=429)
LATER = TemporaryFailure("status_500", TIMEOUT)
RATE_LIMIT = TemporaryFailure("slow_down", SLOW_DOWN, retry_after=40, is_rate_limit=True)


@pytest.fixture
def run() -> EvaluationRun:
    """A run that generates the answers of both models behind one endpoint with room for 50."""
    return make_generating_run(max_concurrent=50, requests_per_minute=500)


def first(run: EvaluationRun) -> Answer:
    return run.answers.order_by("pk")[0]


def claimed(run: EvaluationRun) -> JobCall[Answer]:
    claim = answers.claim_answer(answer_id=first(run).pk)
    assert claim is not None
    return claim


def lose_workers() -> None:
    """Let the lease of everything that runs pass."""
    long_ago = timezone.now() - timedelta(days=1)
    Answer.objects.filter(state="running").update(heartbeat_at=long_ago)
    ProviderCall.objects.filter(finished_at=None).update(started_at=long_ago)


def test_a_claim_carries_what_to_ask(run: EvaluationRun) -> None:
    request = claimed(run).request
    assert request.model_id == "small"
    assert request.messages[-1]["content"].startswith("Question ")
    assert (request.temperature, request.max_tokens) == (0.2, 512)


def test_a_second_delivery_gets_nothing(run: EvaluationRun) -> None:
    claim = claimed(run)
    assert answers.claim_answer(answer_id=claim.job.pk) is None
    answers.CALLS.store(call=claim, completion=SAID)
    assert answers.claim_answer(answer_id=claim.job.pk) is None
    assert ProviderCall.objects.count() == 1


def test_what_was_said_is_stored_with_its_cost(run: EvaluationRun) -> None:
    model = first(run).model_version
    model.usd_per_million_input_tokens = Decimal("3")
    model.usd_per_million_output_tokens = Decimal("12")
    model.save()
    stored = answers.CALLS.store(call=claimed(run), completion=SAID)
    assert stored is not None
    stored.refresh_from_db()
    assert (stored.state, stored.text, stored.latency_ms) == ("done", SAID.text, 40)
    assert stored.cost_usd == Decimal("0.009")
    assert not stored.is_refusal
    call = stored.calls.get()
    assert call.outcome == "ok"
    assert call.finished_at is not None


def test_an_answer_without_prices_has_no_cost(run: EvaluationRun) -> None:
    stored = answers.CALLS.store(call=claimed(run), completion=SAID)
    assert stored is not None
    assert stored.cost_usd is None


def test_what_no_text_column_can_hold_is_taken_out(run: EvaluationRun) -> None:
    said = Completion("a\x00b\ud800c", latency_ms=1)
    stored = answers.CALLS.store(call=claimed(run), completion=said)
    assert stored is not None
    assert stored.text == "ab?c"


def test_a_refusal_of_the_model_is_marked(run: EvaluationRun) -> None:
    said = Completion("I'm sorry, but I can't help with that.", latency_ms=1)
    stored = answers.CALLS.store(call=claimed(run), completion=said)
    assert stored is not None
    assert stored.is_refusal


def test_a_worker_that_was_given_up_writes_nothing(run: EvaluationRun) -> None:
    slow = claimed(run)
    lose_workers()
    second = claimed(run)
    assert answers.CALLS.store(call=slow, completion=Completion("late", latency_ms=1)) is None
    assert answers.CALLS.fail(call=slow, error=PermanentFailure("x", TIMEOUT)) is None
    assert answers.CALLS.release(call=slow, error=LATER) is None
    stored = answers.CALLS.store(call=second, completion=SAID)
    assert stored is not None
    assert stored.text == SAID.text


def test_a_running_answer_is_not_taken_while_its_lease_holds(run: EvaluationRun) -> None:
    claim = claimed(run)
    nearly = timezone.now() - timedelta(seconds=299)
    Answer.objects.filter(pk=claim.job.pk).update(heartbeat_at=nearly)
    assert answers.claim_answer(answer_id=claim.job.pk) is None


def test_waits_grow_and_end(run: EvaluationRun) -> None:
    waits = []
    for _ in range(Answer.MAX_ATTEMPTS):
        claim = claimed(run)
        put_back = answers.CALLS.release(call=claim, error=LATER)
        assert put_back is not None
        if put_back.run_after is not None and put_back.state == "waiting":
            waits.append(round((put_back.run_after - timezone.now()).total_seconds()))
            assert answers.claim_answer(answer_id=claim.job.pk) is None
            Answer.objects.filter(pk=claim.job.pk).update(run_after=timezone.now())
    assert waits == [5, 10, 20, 40, 80]
    given_up = first(run)
    assert (given_up.state, given_up.error) == (Answer.State.FAILED, LATER.message)


def test_the_service_may_ask_for_a_longer_wait(run: EvaluationRun) -> None:
    error = TemporaryFailure("status_503", TIMEOUT, retry_after=90)
    put_back = answers.CALLS.release(call=claimed(run), error=error)
    assert put_back is not None
    assert put_back.run_after is not None
    assert 85 < (put_back.run_after - timezone.now()).total_seconds() <= 90


def test_a_rate_limit_stops_every_worker_and_costs_no_attempt(run: EvaluationRun) -> None:
    put_back = answers.CALLS.release(call=claimed(run), error=RATE_LIMIT)
    assert put_back is not None
    assert (put_back.state, put_back.attempts) == ("waiting", 0)
    endpoint = Endpoint.objects.get()
    assert endpoint.wait_until is not None
    assert dispatch.dispatch_answers(endpoint_id=endpoint.pk) == []
    other = run.answers.order_by("pk")[1]
    assert answers.claim_answer(answer_id=other.pk) is None
    other.refresh_from_db()
    assert other.run_after == endpoint.wait_until


def test_the_longer_of_two_waits_that_a_service_asks_for_holds(run: EvaluationRun) -> None:
    first_claim = claimed(run)
    other = answers.claim_answer(answer_id=run.answers.order_by("pk")[1].pk)
    assert other is not None
    answers.CALLS.release(call=first_claim, error=RATE_LIMIT)
    soon = TemporaryFailure("slow_down", SLOW_DOWN, retry_after=1, is_rate_limit=True)
    answers.CALLS.release(call=other, error=soon)
    wait_until = Endpoint.objects.get(model_versions=run.candidate).wait_until
    assert wait_until is not None
    assert wait_until > timezone.now() + timedelta(seconds=30)


def test_waits_of_a_service_that_names_no_time_grow_until_the_run_stops(
    run: EvaluationRun,
) -> None:
    """One that answers nothing for half an hour, whatever it says, is not waited for for ever."""
    rate_limit = TemporaryFailure("slow_down", SLOW_DOWN, is_rate_limit=True)
    waits = []
    for minutes in (0, 2, 10, 25):
        Endpoint.objects.filter(waiting_since__isnull=False).update(
            waiting_since=timezone.now() - timedelta(minutes=minutes)
        )
        Endpoint.objects.update(wait_until=None)
        put_back = answers.CALLS.release(call=claimed(run), error=rate_limit)
        assert put_back is not None
        assert put_back.run_after is not None
        waits.append(round((put_back.run_after - timezone.now()).total_seconds()))
        Answer.objects.update(run_after=None)
    assert waits == [15, 60, 300, 300]
    Endpoint.objects.update(waiting_since=timezone.now() - timedelta(minutes=31), wait_until=None)
    answers.CALLS.release(call=claimed(run), error=rate_limit)
    run.refresh_from_db()
    assert run.paused
    cause = message("runs.only_rate_limits", minutes=31, cause=SLOW_DOWN)
    assert generation.stop_reason(run) == cause
    assert "Too many requests today." in render(cause)
    runs.resume_run(run_id=run.pk, actor=None)
    assert Endpoint.objects.get().waiting_since is None


def test_an_answer_ends_the_time_that_a_service_is_waited_for(run: EvaluationRun) -> None:
    answers.CALLS.release(call=claimed(run), error=RATE_LIMIT)
    assert Endpoint.objects.get().waiting_since is not None
    Endpoint.objects.update(wait_until=None)
    Answer.objects.update(run_after=None)
    answers.CALLS.store(call=claimed(run), completion=Completion("Yes.", 1))
    assert Endpoint.objects.get().waiting_since is None


def test_a_wait_of_hours_stops_the_run_at_once(run: EvaluationRun) -> None:
    error = TemporaryFailure("slow_down", SLOW_DOWN, retry_after=7200, is_rate_limit=True)
    answers.CALLS.release(call=claimed(run), error=error)
    run.refresh_from_db()
    assert run.paused
    cause = message("runs.long_wait", hours=2.0, cause=SLOW_DOWN)
    assert generation.stop_reason(run) == cause
    assert "2.0 hours" in render(cause)


def test_a_prompt_that_is_put_off_again_and_again_is_given_up(
    run: EvaluationRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while the service answers others, so that the endpoint is not waited for."""
    monkeypatch.setattr(job_calls, "MAX_RATE_LIMITED_ATTEMPTS", 2)
    for _ in range(2):
        Endpoint.objects.update(wait_until=None, waiting_since=None)
        Answer.objects.update(run_after=None)
        answers.CALLS.release(call=claimed(run), error=RATE_LIMIT)
    assert first(run).state == Answer.State.FAILED


@pytest.mark.parametrize("kind", [TemporaryFailure, PermanentFailure, ProviderBlocked])
def test_an_error_that_no_column_can_hold_is_stored_without_it(
    run: EvaluationRun, kind: type[TemporaryFailure | PermanentFailure | ProviderBlocked]
) -> None:
    claim, error = (
        claimed(run),
        kind("an\0 odd \ud800 code", message("providers.unknown_kind", kind="Not\0 so \ud800.")),
    )
    settle = {
        TemporaryFailure: answers.CALLS.release,
        PermanentFailure: answers.CALLS.fail,
        ProviderBlocked: answers.CALLS.block,
    }[kind]
    settle(call=claim, error=error)  # type: ignore[operator]
    answer = first(run)
    assert answer.error_code == "an odd ? code"
    assert answer.error == message("providers.unknown_kind", kind="Not so ?.")


def test_a_refused_question_fails_with_its_reason(run: EvaluationRun) -> None:
    error = PermanentFailure("context_length_exceeded", TIMEOUT)
    failed = answers.CALLS.fail(call=claimed(run), error=error)
    assert failed is not None
    assert (failed.state, failed.error_code, failed.error) == (
        "failed",
        "context_length_exceeded",
        TIMEOUT,
    )


def test_no_quota_stops_the_run_until_a_lead_resumes_it(run: EvaluationRun) -> None:
    blocked = ProviderBlocked("insufficient_quota", TIMEOUT)
    put_back = answers.CALLS.block(call=claimed(run), error=blocked)
    run.refresh_from_db()
    assert put_back is not None
    assert (put_back.state, put_back.attempts, run.paused) == ("waiting", 0, True)
    assert generation.stop_reason(run) == TIMEOUT
    assert Endpoint.objects.get().blocked_reason == TIMEOUT
    assert answers.claim_answer(answer_id=first(run).pk) is None
    event = RunEvent.objects.filter(run=run).latest("pk")
    assert (event.action, event.actor) == ("pause", None)
    assert REASONS["run"](event) == render(TIMEOUT), "the audit trail gives it as text"
    runs.resume_run(run_id=run.pk, actor=None)
    assert Endpoint.objects.get().blocked_reason is None
    assert answers.claim_answer(answer_id=first(run).pk) is not None


def test_an_unknown_model_leaves_the_endpoint_to_others(run: EvaluationRun) -> None:
    error = ProviderBlocked("model_not_found", TIMEOUT, is_endpoint_wide=False)
    answers.CALLS.block(call=claimed(run), error=error)
    assert Endpoint.objects.get().blocked_reason is None


def test_nothing_is_asked_while_the_run_is_paused(run: EvaluationRun) -> None:
    runs.pause_run(run_id=run.pk, actor=None)
    endpoint = Endpoint.objects.get()
    assert dispatch.dispatch_answers(endpoint_id=endpoint.pk) == []
    assert answers.claim_answer(answer_id=first(run).pk) is None


def test_calls_of_all_workers_count_against_the_number_at_once() -> None:
    run = make_generating_run(max_concurrent=3, requests_per_minute=500)
    claims = [
        answers.claim_answer(answer_id=answer.pk) for answer in run.answers.order_by("pk")[:5]
    ]
    assert [claim is not None for claim in claims] == [True, True, True, False, False]
    assert claims[0] is not None
    answers.CALLS.store(call=claims[0], completion=SAID)
    put_off = run.answers.order_by("pk")[3]
    assert put_off.run_after is not None
    Answer.objects.filter(pk=put_off.pk).update(run_after=timezone.now())
    assert answers.claim_answer(answer_id=put_off.pk) is not None


def test_calls_of_the_last_minute_count_against_the_rate() -> None:
    run = make_generating_run(max_concurrent=50, requests_per_minute=4)
    endpoint = Endpoint.objects.get()
    handed = dispatch.dispatch_answers(endpoint_id=endpoint.pk)
    assert len(handed) == 4
    for answer_id in handed:
        claim = answers.claim_answer(answer_id=answer_id)
        assert claim is not None
        answers.CALLS.store(call=claim, completion=SAID)
    fifth = run.answers.filter(state="waiting").order_by("pk")[0]
    assert answers.claim_answer(answer_id=fifth.pk) is None
    fifth.refresh_from_db()
    oldest = ProviderCall.objects.earliest("started_at").started_at
    assert fifth.run_after == oldest + timedelta(seconds=60)
    ProviderCall.objects.update(started_at=timezone.now() - timedelta(seconds=61))
    Answer.objects.filter(pk=fifth.pk).update(run_after=timezone.now())
    assert answers.claim_answer(answer_id=fifth.pk) is not None


def test_what_is_handed_out_is_not_handed_out_twice() -> None:
    make_generating_run(max_concurrent=4, requests_per_minute=500)
    endpoint = Endpoint.objects.get()
    assert len(dispatch.dispatch_answers(endpoint_id=endpoint.pk)) == 4
    assert dispatch.dispatch_answers(endpoint_id=endpoint.pk) == []
    # A message that nobody takes up is sent again.
    Answer.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=61))
    assert len(dispatch.dispatch_answers(endpoint_id=endpoint.pk)) == 4


def test_what_a_lost_worker_held_is_handed_out_again(run: EvaluationRun) -> None:
    claim = claimed(run)
    lose_workers()
    release_lost_jobs(Answer)
    handed = dispatch.dispatch_answers(endpoint_id=claim.endpoint_id)
    assert handed[0] == claim.job.pk
    assert ProviderCall.objects.get(pk=claim.call_id).outcome == "lost"


def test_an_answer_that_loses_every_worker_fails(run: EvaluationRun) -> None:
    claim = claimed(run)
    Answer.objects.filter(pk=claim.job.pk).update(attempts=Answer.MAX_ATTEMPTS)
    lose_workers()
    release_lost_jobs(Answer)
    lost = Answer.objects.get(pk=claim.job.pk)
    assert (lost.state, lost.error_code) == ("failed", "lost")


class Racers:
    """Threads with connections of their own that start at the same moment."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.barrier = threading.Barrier(number)

    def race(self, act: Callable[[int], JobCall[Answer] | None]) -> list[JobCall[Answer]]:
        """Let every thread act; return the claims that were got."""

        def claim(number: int) -> JobCall[Answer] | None:
            try:
                self.barrier.wait(10)
                return act(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(self.number) as pool:
            return [found for found in pool.map(claim, range(self.number)) if found is not None]


@pytest.fixture
def racers() -> Iterator[Racers]:
    yield Racers(8)


@pytest.mark.django_db(transaction=True)
def test_one_of_many_workers_gets_the_claim(racers: Racers) -> None:
    run = make_generating_run(max_concurrent=50, requests_per_minute=500)
    answer_id = first(run).pk
    claims = racers.race(lambda _number: answers.claim_answer(answer_id=answer_id))
    assert len(claims) == 1
    assert ProviderCall.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_limits_hold_in_a_race(racers: Racers) -> None:
    run = make_generating_run(max_concurrent=5, requests_per_minute=3)
    ids = list(run.answers.order_by("pk").values_list("pk", flat=True))
    claims = racers.race(lambda number: answers.claim_answer(answer_id=ids[number]))
    assert len(claims) == 3
