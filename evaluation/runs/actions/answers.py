"""The job of one answer: claim it within the limits, then store, retry, fail or stop the run.

The limits of an endpoint hold across all workers because a claim locks the endpoint's row and
counts all calls. Only the holder of a claim writes, so an answer of a lost worker is requested
again and stored once.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.providers.answer_marks import marks_in
from evaluation.providers.base import (
    Completion,
    CompletionRequest,
    ProviderBlocked,
    ProviderError,
    TemporaryFailure,
    strip_unstorable,
)
from evaluation.registry.actions.calls import (
    MAX_RATE_LIMITED_ATTEMPTS,
    asked_to_wait,
    blocked_by_waits,
    capacity_of,
    defer_calls,
    end_waiting,
    lock_endpoint,
    start_call,
    waited_seconds,
)
from evaluation.registry.models import CallPurpose, Endpoint, ModelVersion, ProviderCall
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import Answer
from evaluation.runs.refusal_detection import is_refusal
from evaluation.runs.requests import request_for, request_hash
from evaluation.runs.rows import MAX_USD
from evaluation.runs.terms import Sampling
from reviewapp.jobs.actions import (
    backoff,
    claim_job,
    fail_job,
    finish_job,
    postpone_job,
    retry_job,
)

logger = logging.getLogger(__name__)

MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Claim:
    """A claimed answer with its counted call, its provider and its request."""

    answer: Answer
    endpoint_id: int
    call_id: int
    provider: str
    request: CompletionRequest


@transaction.atomic
def claim_answer(*, answer_id: int) -> Claim | None:
    """Claim an answer; return None if it is not needed or held, or the endpoint is at its limit.

    Repeated deliveries of a message are safe: one caller gets the claim. At the limit of the
    endpoint the answer is postponed, and the scheduler sends it again.
    """
    answer = Answer.objects.select_related("model_version").filter(pk=answer_id).first()
    if answer is None or answer.model_version.endpoint_id is None:
        return None
    endpoint, now = lock_endpoint(answer.model_version.endpoint_id), timezone.now()
    if not Answer.objects.needed().filter(pk=answer_id).exists():
        return None
    capacity = capacity_of(endpoint, now, CallPurpose.ANSWER)
    if not capacity.calls:
        postpone_job(Answer, answer_id, capacity.retry_at)
        return None
    claimed = claim_job(Answer, answer_id)
    if claimed is None:
        return None
    return Claim(
        answer=claimed,
        endpoint_id=endpoint.pk,
        call_id=start_call(endpoint, now, CallPurpose.ANSWER, answer_id).pk,
        provider=answer.model_version.provider,
        request=request_for(
            answer.model_version,
            endpoint,
            Sampling.from_json(claimed.run.sampling),
            claimed.comparison.prompt,
        ),
    )


@transaction.atomic
def store_answer(*, claim: Claim, completion: Completion) -> Answer | None:
    """Store the answer of a model; return None, storing nothing, if the claim was lost."""
    model = claim.answer.model_version
    end_waiting(claim.endpoint_id)
    is_held = finish_job(claim.answer, **completion_columns(model, claim.request, completion))
    return _end(claim, "ok", is_held=is_held)


def completion_columns(
    model: ModelVersion, request: CompletionRequest, completion: Completion
) -> dict[str, Any]:
    """Return the columns of an answer that hold what a model answered to a request."""
    text = strip_unstorable(completion.text)
    return {
        "text": text,
        "marks": marks_in(text),
        "original_text": "",
        "finish_reason": strip_unstorable(completion.finish_reason)[:30],
        "response_model": strip_unstorable(completion.response_model)[:200],
        "request_id": strip_unstorable(completion.request_id)[:200],
        "latency_ms": completion.latency_ms,
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
        "cost_usd": cost_of(model, completion.prompt_tokens, completion.completion_tokens),
        "is_refusal": completion.declined or is_refusal(text),
        "request_hash": request_hash(request),
    }


def cost_of(
    model: ModelVersion, prompt_tokens: int | None, completion_tokens: int | None
) -> Decimal | None:
    """Return the cost of an answer in USD; None if prices or token counts are unknown."""
    prices = (model.usd_per_million_input_tokens, model.usd_per_million_output_tokens)
    if prices[0] is None or prices[1] is None:
        return None
    if prompt_tokens is None or completion_tokens is None:
        return None
    cost = (prices[0] * prompt_tokens + prices[1] * completion_tokens) / MILLION
    return cost.quantize(Decimal("1e-8")) if cost < MAX_USD else None


@transaction.atomic
def fail_answer(*, claim: Claim, error: ProviderError) -> Answer | None:
    """Mark an answer as failed, with the reason; return None if the claim was lost."""
    is_held = fail_job(claim.answer, error.code, error.message)
    return _end(claim, error.code, is_held=is_held)


@transaction.atomic
def release_answer(*, claim: Claim, error: TemporaryFailure) -> Answer | None:
    """Schedule a retry of an answer, with growing waits; it fails after the last attempt.

    After a rate limit every worker waits, and the attempt does not count. The run stops if the
    service asks to wait for more than an hour, or only sends rate limits for half an hour.
    Returns None if the claim was lost.
    """
    now = timezone.now()
    if error.is_rate_limit:
        return _defer_answer(claim, error, now)
    if not claim.answer.can_resume:
        return fail_answer(claim=claim, error=error)
    return _retry(claim, error, now + max(backoff(claim.answer.attempts), asked_to_wait(error)))


def _defer_answer(claim: Claim, error: TemporaryFailure, now: datetime) -> Answer | None:
    waited = waited_seconds(claim.endpoint_id, now)
    if blocked := blocked_by_waits(error, waited):
        return block_run(claim=claim, error=blocked)
    # A multiple, so that an answer that a lead retries gets as many waits again.
    if claim.answer.calls.count() % MAX_RATE_LIMITED_ATTEMPTS == 0:
        return fail_answer(claim=claim, error=error)
    until = defer_calls(claim.endpoint_id, error, now, waited=waited)
    return _retry(claim, error, until, is_attempt=False)


@transaction.atomic
def block_run(*, claim: Claim, error: ProviderBlocked) -> Answer | None:
    """Stop the run until a lead resumes it: no quota, a bad key, an unknown model.

    Returns None if the claim was lost; the run is stopped anyway.
    """
    run = lock_run(claim.answer.run_id)
    if not run.paused:
        run.paused = True
        run.save(update_fields=["paused"])
        detail = {"code": error.code, "stopped": True, "reason": error.message.as_json()}
        record(run, RunAction.PAUSE, None, detail=detail)
    if error.is_endpoint_wide:
        Endpoint.objects.filter(pk=claim.endpoint_id).update(blocked_reason=error.message)
    return _retry(claim, error, None, is_attempt=False)


def _retry(
    claim: Claim, error: ProviderError, until: datetime | None, *, is_attempt: bool = True
) -> Answer | None:
    is_held = retry_job(claim.answer, error.code, error.message, after=until, is_attempt=is_attempt)
    return _end(claim, error.code, is_held=is_held)


def _end(claim: Claim, outcome: str, *, is_held: bool) -> Answer | None:
    """End the call; return the current answer, or None if the claim was lost."""
    ProviderCall.objects.filter(pk=claim.call_id).end(outcome)
    if not is_held:
        logger.warning("Answer %s was claimed by another worker; not stored", claim.answer.pk)
        return None
    return Answer.objects.get(pk=claim.answer.pk)
