"""Couriers of answers: ids in, claim, ask, store. The rows know what there is to do."""

import logging

from celery import shared_task

from evaluation.providers import openai
from evaluation.providers.base import PermanentFailure, ProviderBlocked, TemporaryFailure
from evaluation.runs.actions import answers, dispatch, generation
from evaluation.runs.actions.answers import Claim
from evaluation.runs.errors import RunCannotOpen

logger = logging.getLogger(__name__)


@shared_task(name="evaluation.generate_answer", acks_late=True)  # type: ignore[untyped-decorator]
def generate_answer(answer_id: int) -> None:
    """Get one answer. Safe to deliver twice: a row is claimed once and written once."""
    claim = answers.claim_answer(answer_id=answer_id)
    if claim is None:
        return  # Already there, not wanted now, or another worker holds it.
    _ask(claim)
    _send_next(claim.endpoint_id)
    _move_on(claim.run_id)


def _ask(claim: Claim) -> None:
    try:
        completion = openai.complete(claim.request)
    except TemporaryFailure as error:
        answers.release_answer(claim=claim, error=error)
    except PermanentFailure as error:
        answers.fail_answer(claim=claim, error=error)
    except ProviderBlocked as error:
        answers.block_run(claim=claim, error=error)
    else:
        answers.store_answer(claim=claim, completion=completion)


@shared_task(name="evaluation.wake_answers")  # type: ignore[untyped-decorator]
def wake_answers() -> None:
    """Send what is due and what lost workers left; move on the runs that are done.

    The beat calls this every few seconds, and a page right after a run was started or resumed.
    """
    for endpoint_id in dispatch.endpoints_in_use():
        _send_next(endpoint_id)
    for run_id in generation.generating_runs():
        _move_on(run_id)


def _send_next(endpoint_id: int) -> None:
    for answer_id in dispatch.dispatch_answers(endpoint_id=endpoint_id):
        generate_answer.delay(answer_id)


def _move_on(run_id: int) -> None:
    try:
        generation.finish_generation(run_id=run_id)
    except RunCannotOpen as error:
        # The run's page says so too; it opens by itself once its terms are changed.
        logger.info("Run %s has all its answers and cannot open: %s", run_id, error)
