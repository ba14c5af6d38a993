"""The jobs of one answer, and of an upload of answers. A message only wakes a worker."""

import logging

from evaluation.runs.actions import answer_uploads, answers, dispatch, generation
from evaluation.runs.errors import RunCannotOpen
from evaluation.runs.models import Answer, AnswerUpload
from reviewapp.jobs.actions import jobs_to_send
from reviewapp.jobs.tasks import register_job

logger = logging.getLogger(__name__)


def _run(answer_id: int) -> None:
    claim = answers.claim_answer(answer_id=answer_id)
    if claim is None:
        return  # Done, not needed now, or held by another worker.
    answers.CALLS.ask(claim)
    for next_id in dispatch.dispatch_answers(endpoint_id=claim.endpoint_id):
        ANSWERS.send(next_id)
    _finish_generation(claim.job.run_id)


def _open_finished_runs() -> None:
    for run_id in generation.generating_runs():
        _finish_generation(run_id)


def _finish_generation(run_id: int) -> None:
    try:
        generation.finish_generation(run_id=run_id)
    except RunCannotOpen as error:
        # The run's page shows the reasons; it opens by itself once its terms are changed.
        codes = ", ".join(reason.code for reason in error.reasons)
        logger.info("Run %s has all its answers and cannot open: %s", run_id, codes)


ANSWERS = register_job(
    "answer",
    Answer,
    run=_run,
    to_send=dispatch.answers_to_send,
    after_wake=_open_finished_runs,
)


def _import_upload(upload_id: int) -> None:
    answer_uploads.import_upload(upload_id=upload_id)


def _uploads_to_send() -> list[int]:
    return jobs_to_send(AnswerUpload.objects.exclude(confirmed_at=None))


UPLOADS = register_job(
    "answer_upload",
    AnswerUpload,
    run=_import_upload,
    to_send=_uploads_to_send,
    after_wake=answer_uploads.discard_forgotten,
)
