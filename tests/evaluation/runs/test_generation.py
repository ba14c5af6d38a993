"""Whole runs through a real worker and a service that misbehaves: one answer for each question."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from evaluation.registry.models import ProviderCall
from evaluation.runs.actions import answers, generation, runs
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.runs.tasks import ANSWERS
from reviewapp.core.messages import Message
from tests.factories.runs import make_generating_run
from tests.fake_openai import FakeOpenAI, Step, fake_openai
from tests.workers import eventually, worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def service() -> Iterator[FakeOpenAI]:
    with fake_openai() as running:
        yield running


# A run asks both models each of its prompts; with fewer it could never pass and does not start.
PROMPTS = 10
ANSWERS_OF_RUN = 2 * PROMPTS


def make_run(service: FakeOpenAI, *, max_concurrent: int) -> EvaluationRun:
    return make_generating_run(
        base_url=service.url,
        max_concurrent=max_concurrent,
        examples=PROMPTS,
        intents_of=["returns"],
    )


def state_of(run: EvaluationRun) -> str:
    return EvaluationRun.objects.values_list("state", flat=True).get(pk=run.pk)


def make_due() -> None:
    """Let the time pass that answers wait for, and the next beat come."""
    now = timezone.now()
    # A beat with nothing new would only pile up messages before the worker.
    if Answer.objects.filter(run_after__gt=now).update(run_after=now):
        ANSWERS.wake()


def test_a_run_gets_all_its_answers_and_opens(service: FakeOpenAI) -> None:
    run = make_run(service, max_concurrent=3)
    with worker():
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens")
    assert run.answers.filter(state="done").count() == ANSWERS_OF_RUN
    # The models are both called "small" by the service: each question is asked once for each.
    assert set(service.asked().values()) == {2}
    assert service.most_together <= 3
    assert ProviderCall.objects.filter(outcome="ok").count() == ANSWERS_OF_RUN


def test_a_message_delivered_many_times_asks_once(service: FakeOpenAI) -> None:
    run = make_run(service, max_concurrent=4)
    with worker():
        for answer_id in run.answers.values_list("pk", flat=True):
            for _ in range(3):
                ANSWERS.send(answer_id)
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens")
    assert len(service.requests) == ANSWERS_OF_RUN


def test_errors_that_heal_are_asked_again_and_the_rest_is_asked_once(
    service: FakeOpenAI,
) -> None:
    run = make_run(service, max_concurrent=2)
    service.then(
        Step(500, type="server_error"),
        Step(hang_up=True),
        Step(429, "rate_limit_exceeded", headers={"retry-after-ms": "10"}),
    )
    with worker(threads=2):
        ANSWERS.wake()

        def opened() -> bool:
            make_due()
            return state_of(run) == "voting"

        eventually(opened, "the run opens")
    assert len(service.requests) == ANSWERS_OF_RUN + 3
    assert Answer.objects.filter(run=run, state="done").count() == ANSWERS_OF_RUN


def test_no_quota_stops_the_run_at_once(service: FakeOpenAI) -> None:
    run = make_run(service, max_concurrent=1)
    service.then(Step(429, "insufficient_quota", "insufficient_quota"))
    with worker(threads=2):
        ANSWERS.wake()
        eventually(lambda: EvaluationRun.objects.get(pk=run.pk).paused, "the run stops")
        ANSWERS.wake()
        eventually(lambda: not ProviderCall.objects.filter(finished_at=None).exists(), "quiet")
        assert len(service.requests) == 1
        stopped = generation.stop_reason(EvaluationRun.objects.get(pk=run.pk))
        assert isinstance(stopped, Message)
        assert stopped.code == "providers.quota_exhausted"
        runs.resume_run(run_id=run.pk, actor=None)
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens after it was resumed")
    assert len(service.requests) == ANSWERS_OF_RUN + 1


def test_a_question_that_is_refused_waits_for_the_lead(service: FakeOpenAI) -> None:
    run = make_run(service, max_concurrent=2)
    service.then(Step(400, "context_length_exceeded"))
    with worker():
        ANSWERS.wake()
        eventually(lambda: not run.answers.pending().exists(), "all answers are there or failed")
        ANSWERS.wake()
        assert state_of(run) == "generating"
        assert run.answers.failed().get().error_code == "context_length_exceeded"
        generation.retry_failed(run_id=run.pk, actor=None)
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens")
    assert len(service.requests) == ANSWERS_OF_RUN + 1


def test_a_killed_workers_answer_is_asked_again_after_its_lease(service: FakeOpenAI) -> None:
    run = make_run(service, max_concurrent=2)
    killed = answers.claim_answer(answer_id=run.answers.earliest("pk").pk)
    assert killed is not None
    with worker():
        ANSWERS.wake()
        eventually(
            lambda: run.answers.filter(state="done").count() == ANSWERS_OF_RUN - 1,
            "the others come",
        )
        assert state_of(run) == "generating"
        a_lease = timedelta(hours=1)
        run.answers.filter(state="running").update(heartbeat_at=F("heartbeat_at") - a_lease)
        ProviderCall.objects.filter(finished_at=None).update(started_at=F("started_at") - a_lease)
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens")
    assert len(service.requests) == ANSWERS_OF_RUN, "the killed worker had not asked yet"
    assert Answer.objects.get(pk=killed.job.pk).attempts == 2


def test_a_pause_lets_what_runs_finish_and_asks_nothing_more(service: FakeOpenAI) -> None:
    run = make_run(service, max_concurrent=2)
    service.gate = threading.Event()
    with worker():
        ANSWERS.wake()
        eventually(lambda: len(service.requests) == 2, "two questions are under way")
        runs.pause_run(run_id=run.pk, actor=None)
        service.gate.set()
        eventually(lambda: run.answers.filter(state="done").count() == 2, "they are stored")
        ANSWERS.wake()
        assert run.answers.filter(state="waiting").count() == ANSWERS_OF_RUN - 2
        runs.resume_run(run_id=run.pk, actor=None)
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens")
    assert len(service.requests) == ANSWERS_OF_RUN


def test_what_really_answered_is_stored(service: FakeOpenAI) -> None:
    service.model = "another-model"
    run = make_run(service, max_concurrent=4)
    with worker():
        ANSWERS.wake()
        eventually(lambda: state_of(run) == "voting", "the run opens")
    assert set(run.answers.values_list("response_model", flat=True)) == {"another-model"}
