"""API of the batches of a run, for scripts of leads: watch and cancel them."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from evaluation.batches.actions.starting import cancel_batch
from evaluation.batches.models import AnswerBatch
from evaluation.batches.tasks import BATCHES
from evaluation.runs.models import EvaluationRun
from reviewapp.core.api import ObjectId
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["runs"])


class BatchOut(Schema):
    """A batch of answers; `provider_state` is the provider's own word."""

    id: int
    model: str
    stage: str
    provider_state: str
    fallback: str
    round: int
    answers: int
    lines_done: int
    lines_failed: int
    is_cancelled: bool
    created_at: datetime


class BatchesOut(Schema):
    """The batches of a run, the oldest first."""

    items: list[BatchOut]


@router.get(
    "/runs/{run_id}/batches",
    operation_id="evaluation_api_batches_list",
    response={200: BatchesOut},
    summary="Batches of a run",
)
def list_batches(request: HttpRequest, run_id: ObjectId) -> dict[str, Any]:
    """Return the batches in which the answers of a run are generated."""
    run = _run(request, run_id)
    return {"items": [_batch(batch) for batch in run.batches.select_related("model_version")]}


@router.post(
    "/runs/{run_id}/batches/{batch_id}/cancel",
    operation_id="evaluation_api_batches_cancel",
    response={200: BatchOut},
    summary="Cancel a batch",
)
def cancel(request: HttpRequest, run_id: ObjectId, batch_id: ObjectId) -> dict[str, Any]:
    """Ask for a batch to be cancelled; 409 if it has ended."""
    batch = get_object_or_404(AnswerBatch, pk=batch_id, run=_run(request, run_id))
    cancel_batch(batch_id=batch.pk, actor=signed_in_user(request))
    BATCHES.send(batch.pk)
    batch.refresh_from_db()
    return _batch(batch)


def _run(request: HttpRequest, run_id: int) -> EvaluationRun:
    run = get_object_or_404(EvaluationRun.objects.select_related("project"), pk=run_id)
    project_for(request, run.project.slug, Permission.LEAD)
    return run


def _batch(batch: AnswerBatch) -> dict[str, Any]:
    columns = ("stage", "provider_state", "fallback", "round", "lines_done", "lines_failed")
    return {
        **{name: getattr(batch, name) for name in (*columns, "is_cancelled", "created_at")},
        "id": batch.pk,
        "model": batch.model_version.name,
        "answers": batch.answer_count,
    }
