"""Answers through a provider's batch endpoint: one paid batch, whatever is lost or killed."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from evaluation.batches.actions.starting import cancel_batch, start_with_batches
from evaluation.batches.lines import split_answers
from evaluation.batches.models import AnswerBatch
from evaluation.batches.services import OpenAIBatches
from evaluation.batches.tasks import BATCHES
from evaluation.registry.models import ModelVersion
from evaluation.results.actions.closing import close_run
from evaluation.runs.actions import answers, generation
from evaluation.runs.actions.dispatch import answers_to_send
from evaluation.runs.models import Answer, EvaluationRun, RunEvent
from evaluation.runs.terms import Sampling
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Role
from tests.api_scripts import Script, script_of_lead
from tests.factories.batches import start_batches, work_batches
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_model_version, make_run
from tests.fake_batches import FakeBatches, fake_batches
from tests.fake_trainings import Fault
from tests.killing import survive_batch_kills

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Iterator[FakeBatches]:
    with fake_batches() as running:
        yield running


def started(service: FakeBatches, *, fallback: str = "direct", **chosen: Any) -> EvaluationRun:
    return start_batches(service.url, fallback=fallback, **chosen)


def of_candidate(run: EvaluationRun, **state: Any) -> Any:
    return run.answers.filter(model_version=run.candidate, **state)


def test_a_batch_brings_the_answers_and_leaves_no_file(service: FakeBatches) -> None:
    run = started(service)
    ModelVersion.objects.filter(pk=run.candidate_id).update(
        usd_per_million_input_tokens=Decimal(2), usd_per_million_output_tokens=Decimal(8)
    )
    batch = work_batches(run)
    assert (batch.state, batch.stage, batch.provider_state) == ("done", "ended", "completed")
    found = of_candidate(run, state="done").select_related("comparison")
    assert found.count() == 20
    for answer in found:
        assert answer.text == f"Answer to {answer.comparison.prompt[-1]['content']}"
    request = found[0]
    assert (request.latency_ms, request.completion_tokens, len(request.request_hash)) == (
        None,
        9,
        64,
    )
    assert request.cost_usd == Decimal("0.00013200"), "what it costs when it serves"
    assert service.files == {}
    assert len(service.batches) == 1
    # A batch costs half, which is what the run's page shows.
    assert generation.answer_progress(run).cost_usd == pytest.approx(20 * 0.000132 / 2)


def test_the_other_model_is_asked_directly_meanwhile(service: FakeBatches) -> None:
    run = started(service)
    sent = set(answers_to_send())
    models = run.answers.filter(pk__in=sent).values_list("model_version", flat=True)
    assert set(models) == {run.baseline_id}
    claim = answers.claim_answer(answer_id=of_candidate(run)[0].pk)
    assert claim is None, "a message that was sent by mistake asks for nothing twice"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, after=True),
        Fault(hang_up=True, after=True),
        Fault(503),
        Fault(429, code="rate_limit_exceeded", headers={"retry-after": "1"}),
    ],
)
def test_a_lost_answer_to_create_makes_no_second_batch(service: FakeBatches, fault: Fault) -> None:
    service.fail("upload", Fault(500, after=True))
    service.fail("create_batch", fault)
    run = started(service)
    assert work_batches(run).stage == "ended"
    assert len(service.batches) == 1
    assert of_candidate(run, state="done").count() == 20
    assert service.files == {}


def test_a_batch_without_its_metadata_is_found_by_its_file(service: FakeBatches) -> None:
    service.ignores_metadata = True
    service.fail("create_batch", Fault(500, after=True))
    run = started(service)
    work_batches(run)
    assert len(service.batches) == 1
    assert of_candidate(run, state="done").count() == 20


def test_a_state_that_is_not_known_is_shown_and_is_no_end(service: FakeBatches) -> None:
    service.lifecycle = ("validating", "pondering", "pondering")
    run = started(service)
    batch = work_batches(run, rounds=6)
    assert (batch.stage, batch.provider_state) == ("at_provider", "pondering")
    assert of_candidate(run, state="waiting").count() == 20
    assert batch.run_after is not None


def test_an_error_line_fails_its_answer_and_a_temporary_one_is_asked_again(
    service: FakeBatches,
) -> None:
    rejected = {"error": {"message": "bad", "type": "invalid_request_error", "code": "too_long"}}
    busy = {"error": {"message": "later", "type": "server_error", "code": None}}
    service.answers = {0: (400, rejected), 1: (500, busy)}
    run = started(service)
    work_batches(run)
    ids = list(of_candidate(run).order_by("pk").values_list("pk", flat=True))
    failed, again = Answer.objects.get(pk=ids[0]), Answer.objects.get(pk=ids[1])
    assert failed.state == "failed"
    assert (again.state, again.batch_id) == ("waiting", None), "asked directly from now on"
    assert again.pk in set(answers_to_send())
    generation.retry_failed(run_id=run.pk, actor=None)
    failed.refresh_from_db()
    assert (failed.state, failed.batch_id) == ("waiting", None)


def test_expired_lines_go_into_a_further_batch_where_the_lead_chose_so(
    service: FakeBatches,
) -> None:
    service.lifecycle = ("validating", "in_progress", "expired")
    service.expired = {3, 4}
    run = started(service, fallback="batch")
    work_batches(run)
    # The same two places expire in every batch that has them; the third is the last.
    rounds = list(AnswerBatch.objects.filter(run=run).values_list("round", "answer_count"))
    assert rounds == [(1, 20), (2, 2)]
    assert of_candidate(run, state="done").count() == 20
    assert service.files == {}


def test_a_batch_that_is_rejected_as_a_whole_fails_its_answers(service: FakeBatches) -> None:
    service.lifecycle = ("validating", "failed")
    service.errors = [{"code": "token_limit_exceeded", "message": "Enqueued too many tokens."}]
    run = started(service)
    batch = work_batches(run)
    assert (batch.state, batch.stage) == ("done", "ended")
    codes = of_candidate(run, state="failed").values_list("error_code", flat=True)
    assert set(codes) == {"token_limit_exceeded"}
    assert service.files == {}


def test_cancelling_keeps_what_came_and_spends_nothing_more(service: FakeBatches) -> None:
    service.expired = {0, 1}
    run = started(service)
    work_batches(run, rounds=2)
    batch = AnswerBatch.objects.get()
    cancel_batch(batch_id=batch.pk, actor=None)
    batch = work_batches(run)
    assert (batch.stage, batch.provider_state) == ("ended", "cancelled")
    assert of_candidate(run, state="done").count() == 18
    left = of_candidate(run, state="failed").values_list("error_code", flat=True)
    assert set(left) == {"batch_cancelled"}
    with pytest.raises(InvalidTransition):
        cancel_batch(batch_id=batch.pk, actor=None)
    with pytest.raises(PermissionDeniedError):
        cancel_batch(batch_id=batch.pk, actor=make_member(run.project, Role.REVIEWER))


def test_giving_up_the_run_cancels_its_batch(service: FakeBatches) -> None:
    run = started(service)
    work_batches(run, rounds=2)
    close_run(run_id=run.pk, actor=None, reason="Enough.")
    batch = work_batches(run)
    assert (batch.stage, batch.provider_state) == ("ended", "cancelled")
    assert service.files == {}


def test_result_files_that_come_late_are_waited_for(service: FakeBatches) -> None:
    service.result_missing = 3
    run = started(service)
    work_batches(run)
    assert of_candidate(run, state="done").count() == 20


def test_a_worker_that_is_lost_at_any_step_is_continued_by_another(service: FakeBatches) -> None:
    run = started(service)
    for _ in range(60):
        rows = AnswerBatch.objects.filter(run=run)
        long_ago = timezone.now() - timedelta(days=1)
        # As after SIGKILL: the row is held by a worker that gives no sign of life.
        rows.filter(state=JobState.RUNNING).update(heartbeat_at=long_ago)
        rows.filter(state=JobState.WAITING).update(run_after=None)
        BATCHES.run(rows.get().pk)
        if rows.get().state == JobState.DONE:
            break
    assert len(service.batches) == 1
    assert of_candidate(run, state="done").count() == 20


def test_answers_are_split_by_lines_by_bytes_and_by_what_can_be_read_at_once() -> None:
    run = EvaluationRun(sampling=Sampling(max_tokens=512).as_json())
    service = OpenAIBatches()
    service.max_lines, service.max_bytes = 3, 100
    by_lines = split_answers(run, [(n, 10) for n in range(7)], service)
    assert [len(part) for part in by_lines] == [3, 3, 1]
    by_bytes = split_answers(run, [(n, 60) for n in range(3)], service)
    assert by_bytes == [[0], [1], [2]]
    long = EvaluationRun(sampling=Sampling(max_tokens=100_000).as_json())
    parts = split_answers(long, [(n, 10) for n in range(100)], OpenAIBatches())
    assert max(map(len, parts)) == 31, "24 MB of results of 0.8 MB each at most"


def test_batches_are_offered_only_where_the_provider_has_them() -> None:
    run = make_run()
    with pytest.raises(InvalidInput):
        start_with_batches(run_id=run.pk, actor=None, fallback="direct")
    run.refresh_from_db()
    assert run.state == "draft"


def test_a_lead_chooses_the_batch_on_the_page_and_cancels_it_there(
    client: Client, service: FakeBatches
) -> None:
    project = make_project()
    candidate = make_model_version(project, base_url=service.url, provider="openai")
    run = make_run(project, candidate=candidate)
    lead = make_member(project, Role.LEAD)
    client.force_login(lead)
    act = reverse("evaluation:run_act", args=[project.slug, run.pk])
    sent = {"act": "start_generation", "by_batch": "on", "fallback": "batch"}
    page = client.post(act, sent, follow=True)
    (batch,) = page.context["batches"]
    assert (batch.fallback, batch.answer_count) == ("batch", 20)
    event = RunEvent.objects.get(run=run, action="start_batch")
    assert (event.actor, event.detail["answers"]) == (lead, 20)
    cancel = reverse("evaluation:cancel_batch", args=[project.slug, run.pk, batch.pk])
    client.post(cancel)
    batch.refresh_from_db()
    assert batch.is_cancelled
    client.force_login(make_member(project, Role.REVIEWER))
    assert client.post(cancel).status_code == 403


def test_scripts_start_watch_and_cancel_a_batch(service: FakeBatches) -> None:
    project = make_project()
    candidate = make_model_version(project, base_url=service.url, provider="openai")
    run = make_run(project, candidate=candidate)
    script = script_of_lead(project, "runs", "manage")
    sent = {"action": "start_generation", "batch": True, "batch_fallback": "batch"}
    assert script.post(f"runs/{run.pk}/actions", **sent).status_code == 200
    (shown,) = script.get(f"runs/{run.pk}/batches").json()["items"]
    assert (shown["stage"], shown["answers"], shown["fallback"]) == ("queued", 20, "batch")
    path = f"runs/{run.pk}/batches/{shown['id']}/cancel"
    assert script.post(path).json()["is_cancelled"] is True
    reviewer = Script(make_member(project, Role.REVIEWER), "runs", "manage")
    assert reviewer.get(f"runs/{run.pk}/batches").status_code == 403
    assert reviewer.post(path).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_killed_workers_lead_to_one_batch_no_file_and_every_answer_once(
    service: FakeBatches,
) -> None:
    for seed in (1, 2):
        found = survive_batch_kills(service, kills=3, longest=0.2, seed=seed)
        assert not any(found.values()), found
