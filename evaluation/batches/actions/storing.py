"""What a worker writes of a batch that it holds: its state, its results, what is missing."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.batches.actions.starting import put_into_batches
from evaluation.batches.lines import request_of
from evaluation.batches.models import AnswerBatch, Fallback
from evaluation.batches.results import Result
from evaluation.runs.actions.answers import completion_columns
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Answer
from reviewapp.core.messages import Message
from reviewapp.jobs.actions import lock_claimed
from reviewapp.jobs.models import JobState

MAX_ROUNDS = 3
STORED_AT_ONCE = 200


def write(batch: AnswerBatch, **columns: Any) -> None:
    """Write columns of a batch that this worker holds.

    Raises:
        ClaimLost: it no longer holds it.
    """
    with transaction.atomic():
        lock_claimed(batch)
        AnswerBatch.objects.filter(pk=batch.pk).update(**columns)
    for name, value in columns.items():
        setattr(batch, name, value)


def store_results(batch: AnswerBatch, results: Iterable[Result]) -> int:
    """Store the results of answers that still wait for this batch; return how many.

    A result of another batch's answer, of one that is there already, and the second of two for
    one answer are ignored.
    """
    stored, part = 0, list[Result]()
    for result in results:
        part.append(result)
        if len(part) == STORED_AT_ONCE:
            stored += _store_part(batch, part)
            part = []
    return stored + _store_part(batch, part)


@transaction.atomic
def _store_part(batch: AnswerBatch, part: list[Result]) -> int:
    lock_claimed(batch)
    waiting = Answer.objects.filter(batch=batch, state=JobState.WAITING)
    wanted = waiting.filter(pk__in=[result.answer_id for result in part])
    locked = wanted.select_related("comparison").select_for_update(of=("self",), no_key=True)
    answers = locked.in_bulk()
    stored = 0
    for result in part:
        answer = answers.pop(result.answer_id, None)
        if answer is not None:
            waiting.filter(pk=answer.pk).update(**_columns(batch, answer, result))
            stored += 1
    return stored


def _columns(batch: AnswerBatch, answer: Answer, result: Result) -> dict[str, Any]:
    ended: dict[str, Any] = {
        "finished_at": timezone.now(),
        "heartbeat_at": None,
        "run_after": None,
    }
    if result.failure is not None:
        failed = {"state": JobState.FAILED, "error_code": result.failure.code[:80]}
        return {**ended, **failed, "error": result.failure.message}
    assert result.completion is not None, "a result without a failure has a completion"  # noqa: S101
    columns = completion_columns(batch.model_version, request_of(answer, batch), result.completion)
    # Nobody measured how long the model took: the file came hours later.
    done = {"state": JobState.DONE, "error_code": "", "error": None, "latency_ms": None}
    return {**ended, **columns, **done}


@transaction.atomic
def release_answers(batch: AnswerBatch) -> None:
    """Decide about the answers that a batch has not brought, as the lead chose at the start.

    They are asked for directly or sent as a further batch, a third time at most; of a batch that
    was cancelled they fail, so that nothing is spent unasked.

    Raises:
        ClaimLost: this worker no longer holds the batch.
    """
    run = lock_run(batch.run_id)
    is_cancelled = lock_claimed(batch).is_cancelled
    left = Answer.objects.filter(batch=batch, state=JobState.WAITING)
    ids = list(left.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return
    if is_cancelled or run.state != RunState.GENERATING:
        _fail(batch, "batch_cancelled", Message("batches.cancelled"))
    elif batch.fallback == Fallback.BATCH and batch.round < MAX_ROUNDS:
        put_into_batches(
            run,
            batch.model_version,
            ids,
            fallback=batch.fallback,
            actor=None,
            number=batch.round + 1,
        )
    else:
        left.update(batch=None)
    record(run, "end_batch", None, detail={"batch": batch.pk, "left": len(ids)})


@transaction.atomic
def fail_answers(batch: AnswerBatch, code: str, error: Message) -> None:
    """Fail the answers of a batch that the provider rejected as a whole.

    Raises:
        ClaimLost: this worker no longer holds the batch.
    """
    run = lock_run(batch.run_id)
    lock_claimed(batch)
    count = _fail(batch, code, error)
    detail = {"batch": batch.pk, "left": count, "code": code}
    record(run, "end_batch", None, detail=detail)


def _fail(batch: AnswerBatch, code: str, error: Message) -> int:
    left = Answer.objects.filter(batch=batch, state=JobState.WAITING)
    return left.update(
        state=JobState.FAILED,
        finished_at=timezone.now(),
        heartbeat_at=None,
        error_code=code[:80],
        error=error,
    )
