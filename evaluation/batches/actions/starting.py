"""Putting the answers of a run into batches, and cancelling a batch."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from evaluation.batches.lines import request_line, split_answers
from evaluation.batches.models import AnswerBatch, Fallback
from evaluation.batches.services import BATCH_SERVICES
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.actions.generation import start_generation
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.runs.prompt_sets import ROWS_AT_ONCE
from evaluation.runs.requests import request_for
from evaluation.runs.terms import Sampling
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.jobs.models import JobState
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


def batch_models(run: EvaluationRun) -> list[ModelVersion]:
    """Return the models of a run whose provider has batches."""
    return [model for model in (run.baseline, run.candidate) if model.provider in BATCH_SERVICES]


@transaction.atomic
def start_with_batches(
    *, run_id: int, actor: User | None, fallback: str, reuse_answers: bool = False
) -> EvaluationRun:
    """Request the answers of a run, those of models whose provider has batches in batches.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: no provider of its models has batches, or the fallback is unknown.
        InvalidTransition, RunCannotOpen: as `start_generation` does.
    """
    run = lock_run(run_id)
    require_lead(actor, run.project)
    models = batch_models(run)
    if not models:
        raise InvalidInput(message("batches.not_offered"))
    if fallback not in Fallback.values:
        raise InvalidInput(message("batches.unknown_fallback"))
    start_generation(run_id=run_id, actor=actor, reuse_answers=reuse_answers)
    for model in models:
        waiting = Answer.objects.filter(run=run, model_version=model, state=JobState.WAITING)
        ids = list(waiting.order_by("pk").values_list("pk", flat=True))
        put_into_batches(run, model, ids, fallback=fallback, actor=actor)
    return run


def put_into_batches(
    run: EvaluationRun,
    model: ModelVersion,
    answer_ids: Sequence[int],
    *,
    fallback: str,
    actor: User | None,
    number: int = 1,
) -> list[AnswerBatch]:
    """Put waiting answers of a locked run into batches, each within the provider's limits."""
    if model.endpoint is None or not answer_ids:
        return []
    sizes = _line_sizes(run, model, model.endpoint, answer_ids)
    batches = []
    for part in split_answers(run, sizes, BATCH_SERVICES[model.provider]):
        batch = AnswerBatch.objects.create(
            run=run,
            model_version=model,
            endpoint=model.endpoint,
            fallback=fallback,
            round=number,
            answer_count=len(part),
        )
        Answer.objects.filter(pk__in=part).update(batch=batch)
        batches.append(batch)
    detail = {
        "model": model.name,
        "answers": len(answer_ids),
        "batches": [batch.pk for batch in batches],
        "fallback": fallback,
        "round": number,
    }
    record(run, "start_batch", actor, detail=detail)
    return batches


def _line_sizes(
    run: EvaluationRun, model: ModelVersion, endpoint: Endpoint, answer_ids: Sequence[int]
) -> list[tuple[int, int]]:
    """Return the id of each answer with the bytes of its line in a batch."""
    sampling = Sampling.from_json(run.sampling)
    rows = Answer.objects.filter(pk__in=answer_ids).select_related("comparison").order_by("pk")
    sizes = []
    for answer in rows.iterator(chunk_size=ROWS_AT_ONCE):
        request = request_for(model, endpoint, sampling, answer.comparison.prompt)
        sizes.append((answer.pk, len(request_line(answer.pk, request))))
    return sizes


@transaction.atomic
def cancel_batch(*, batch_id: int, actor: User | None) -> AnswerBatch:
    """Ask for a batch to be cancelled; what it has brought by then is stored.

    The answers that it has not brought fail with the code `batch_cancelled`: a lead retries
    them, which asks for them directly, or continues without them.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: it has ended, or is being cancelled.
    """
    run_id = AnswerBatch.objects.values_list("run_id", flat=True).get(pk=batch_id)
    run = lock_run(run_id)
    require_lead(actor, run.project)
    batch = AnswerBatch.objects.select_for_update(of=("self",), no_key=True).get(pk=batch_id)
    if not batch.is_open or batch.is_cancelled:
        raise InvalidTransition(message("batches.has_ended"))
    batch.is_cancelled = True
    if batch.state == JobState.WAITING:
        batch.run_after, batch.heartbeat_at = timezone.now(), None
    batch.save(update_fields=["is_cancelled", "run_after", "heartbeat_at"])
    record(run, "cancel_batch", actor, detail={"batch": batch.pk})
    return batch
