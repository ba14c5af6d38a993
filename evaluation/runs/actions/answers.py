"""Getting one answer: claim it within the shared limits, then store, release, fail or stop.

The limits of an endpoint hold across all workers because a claim locks the endpoint's row and
counts the calls of everybody. Only the holder of a claim writes, so an answer whose worker was
given up is asked again and stored once.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest
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
from evaluation.registry.models import Endpoint, ModelVersion
from evaluation.runs.actions.dispatch import MAX_ATTEMPTS, capacity_of, end_calls, lease_cutoff
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import Answer, ProviderCall
from evaluation.runs.refusal_detection import is_refusal
from evaluation.runs.rows import MAX_USD
from evaluation.runs.terms import Sampling

logger = logging.getLogger(__name__)

MIN_RETRY_SECONDS = 5
MAX_RETRY_SECONDS = 300
# A service that asks for patience without saying how long: at first, and at most.
MIN_RATE_LIMIT_SECONDS = 15
MAX_RATE_LIMIT_SECONDS = 300
MAX_RETRY_AFTER_SECONDS = 3600
# A service that answers nothing for this long stops the run, and a prompt for which it asks for
# patience this often is given up, so that nothing waits for ever.
MAX_WAITING_SECONDS = 1800
MAX_RATE_LIMITED_ATTEMPTS = 40
MAX_REASON_LENGTH = 300
MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class Claim:
    """The right to ask for one answer and to store it, until somebody else takes it."""

    answer_id: int
    run_id: int
    endpoint_id: int
    token: UUID
    call_id: int
    attempt: int
    request: CompletionRequest


@transaction.atomic
def claim_answer(*, answer_id: int) -> Claim | None:
    """Take an answer to ask for; None if it is not wanted now, held, or the endpoint is full.

    Safe to call as often as a message is delivered: one caller gets the claim. Without room the
    answer is put off until some is expected, and the beat sends it again.
    """
    answer = Answer.objects.select_related("model_version").filter(pk=answer_id).first()
    if answer is None or answer.model_version.endpoint_id is None:
        return None
    # All claims of one endpoint stand in line here.
    endpoint = Endpoint.objects.select_for_update(no_key=True).get(
        pk=answer.model_version.endpoint_id
    )
    now = timezone.now()
    claimable = _claimable(answer_id, now)
    if claimable is None:
        return None
    room = capacity_of(endpoint, now)
    if not room.calls:
        Answer.objects.filter(pk=answer_id).update(
            status=Answer.Status.WAITING, claim=None, heartbeat_at=None, run_after=room.retry_at
        )
        return None
    return _take(claimable, endpoint, now)


def _claimable(answer_id: int, now: datetime) -> Answer | None:
    """Lock the answer if it may be asked now: due, or running with a worker that was lost."""
    mine = Answer.objects.wanted().filter(pk=answer_id)
    either = mine.due(now=now) | mine.lost(before=lease_cutoff(now))
    return (
        either.select_for_update(of=("self",))
        .select_related("model_version__endpoint", "run", "comparison")
        .first()
    )


def _take(answer: Answer, endpoint: Endpoint, now: datetime) -> Claim:
    end_calls(answer, now)
    answer.status, answer.claim, answer.heartbeat_at = Answer.Status.RUNNING, uuid4(), now
    answer.attempts += 1
    answer.run_after = None
    answer.save(update_fields=["status", "claim", "heartbeat_at", "attempts", "run_after"])
    call = ProviderCall.objects.create(endpoint=endpoint, answer=answer, started_at=now)
    return Claim(
        answer_id=answer.pk,
        run_id=answer.run_id,
        endpoint_id=endpoint.pk,
        token=answer.claim,
        call_id=call.pk,
        attempt=answer.attempts,
        request=_request(answer, endpoint),
    )


def _request(answer: Answer, endpoint: Endpoint) -> CompletionRequest:
    model, sampling = answer.model_version, Sampling.from_json(answer.run.sampling)
    return CompletionRequest(
        base_url=endpoint.base_url,
        api_key_name=endpoint.api_key_name,
        model_id=model.model_id,
        messages=sampling.request_messages(answer.comparison.prompt),
        timeout_seconds=float(settings.PROVIDER_TIMEOUT_SECONDS),
        temperature=sampling.temperature,
        max_tokens=sampling.max_tokens,
        seed=sampling.seed,
        limits_completion_tokens=model.provider == ModelVersion.Provider.OPENAI,
        extra_body=model.extra_body,
    )


@transaction.atomic
def store_answer(*, claim: Claim, completion: Completion) -> Answer | None:
    """Store what the model said; None, and nothing stored, if the claim was lost meanwhile."""
    model = ModelVersion.objects.get(answers=claim.answer_id)
    text = strip_unstorable(completion.text)
    waiting = Endpoint.objects.filter(pk=claim.endpoint_id, waiting_since__isnull=False)
    waiting.update(waiting_since=None)
    return _finish(
        claim,
        "ok",
        status=Answer.Status.DONE,
        text=text,
        marks=marks_in(text),
        original_text="",
        finish_reason=strip_unstorable(completion.finish_reason)[:30],
        response_model=strip_unstorable(completion.response_model)[:200],
        request_id=strip_unstorable(completion.request_id)[:200],
        latency_ms=completion.latency_ms,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        cost_usd=cost_of(model, completion.prompt_tokens, completion.completion_tokens),
        is_refusal=completion.declined or is_refusal(text),
        error_code="",
        error="",
        finished_at=timezone.now(),
    )


def cost_of(
    model: ModelVersion, prompt_tokens: int | None, completion_tokens: int | None
) -> Decimal | None:
    """Return what an answer cost in USD at the registered prices; None if either is not known."""
    prices = (model.usd_per_million_input_tokens, model.usd_per_million_output_tokens)
    if prices[0] is None or prices[1] is None:
        return None
    if prompt_tokens is None or completion_tokens is None:
        return None
    cost = (prices[0] * prompt_tokens + prices[1] * completion_tokens) / MILLION
    return cost.quantize(Decimal("1e-8")) if cost < MAX_USD else None


@transaction.atomic
def fail_answer(*, claim: Claim, error: ProviderError) -> Answer | None:
    """Give an answer up, with the reason; None if the claim was lost meanwhile."""
    return _finish(claim, error.code, **_failed(error))


@transaction.atomic
def release_answer(*, claim: Claim, error: TemporaryFailure) -> Answer | None:
    """Put an answer back to be asked again later, with growing waits; give it up after the last.

    A service that asks for patience is left alone by every worker, and that costs no attempt. The
    run stops when it asks for more than an hour, or answers nothing for half of one.
    None if the claim was lost meanwhile.
    """
    now = timezone.now()
    if error.is_rate_limit:
        return _defer_answer(claim, error, now)
    if claim.attempt >= MAX_ATTEMPTS:
        return _finish(claim, error.code, **_failed(error))
    seconds = min(MIN_RETRY_SECONDS * 2 ** (claim.attempt - 1), MAX_RETRY_SECONDS)
    wait = min(max(seconds, error.retry_after or 0), MAX_RETRY_AFTER_SECONDS)
    return _finish(claim, error.code, **_waiting(error, now + timedelta(seconds=wait)))


def _defer_answer(claim: Claim, error: TemporaryFailure, now: datetime) -> Answer | None:
    endpoint = Endpoint.objects.get(pk=claim.endpoint_id)
    waited = (now - (endpoint.waiting_since or now)).total_seconds()
    if (error.retry_after or 0) > MAX_RETRY_AFTER_SECONDS:
        hours = min(error.retry_after or 0, 1e6) / MAX_RETRY_AFTER_SECONDS
        message = f"The service asks to wait for {hours:,.1f} hours. Resume then. ({error.message})"
        return block_run(claim=claim, error=ProviderBlocked(error.code, message))
    if waited > MAX_WAITING_SECONDS:
        message = (
            f"For {waited / 60:.0f} minutes the service has only asked to wait. Find out why, then "
            f"resume. ({error.message})"
        )
        return block_run(claim=claim, error=ProviderBlocked(error.code, message))
    # Every so often, so that an answer that is retried gets as many waits again.
    if ProviderCall.objects.filter(answer=claim.answer_id).count() % MAX_RATE_LIMITED_ATTEMPTS == 0:
        return _finish(claim, error.code, **_failed(error))
    # Half of the time it took so far, so that the waits grow with it.
    usual = min(max(waited / 2, MIN_RATE_LIMIT_SECONDS), MAX_RATE_LIMIT_SECONDS)
    until = now + timedelta(seconds=usual if error.retry_after is None else error.retry_after)
    # Of two that ask at once the longer wait holds.
    Endpoint.objects.filter(pk=claim.endpoint_id).update(
        wait_until=Greatest("wait_until", Value(until)),
        waiting_since=Coalesce("waiting_since", Value(now)),
    )
    return _finish(claim, error.code, **_waiting(error, until), attempts=F("attempts") - 1)


@transaction.atomic
def block_run(*, claim: Claim, error: ProviderBlocked) -> Answer | None:
    """Stop the run until a lead resumes it: no quota, a bad key, a model nobody knows.

    None if the claim was lost meanwhile; the run is stopped all the same.
    """
    run = lock_run(claim.run_id)
    if not run.paused:
        run.paused = True
        run.save(update_fields=["paused"])
        detail = {"code": error.code, "stopped": True}
        record(run, RunAction.PAUSE, None, reason=error.message, detail=detail)
    if error.is_endpoint_wide:
        Endpoint.objects.filter(pk=claim.endpoint_id).update(
            blocked_reason=error.message[:MAX_REASON_LENGTH]
        )
    waiting = _waiting(error, None)
    return _finish(claim, error.code, **waiting, attempts=F("attempts") - 1)


def _waiting(error: ProviderError, until: datetime | None) -> dict[str, object]:
    return {
        "status": Answer.Status.WAITING,
        "run_after": until,
        "error_code": error.code[:80],
        "error": error.message[:500],
    }


def _failed(error: ProviderError) -> dict[str, object]:
    return {
        "status": Answer.Status.FAILED,
        "finished_at": timezone.now(),
        "error_code": error.code[:80],
        "error": error.message[:500],
    }


def _finish(claim: Claim, outcome: str, **columns: object) -> Answer | None:
    """End the call and, if the claim still holds, the claim, with these columns of the answer."""
    ProviderCall.objects.filter(pk=claim.call_id).update(
        finished_at=timezone.now(), outcome=outcome[:80]
    )
    mine = Answer.objects.filter(
        pk=claim.answer_id, claim=claim.token, status=Answer.Status.RUNNING
    )
    if not mine.update(claim=None, heartbeat_at=None, **columns):
        logger.warning("Answer %s was taken over meanwhile; nothing is stored", claim.answer_id)
        return None
    return Answer.objects.get(pk=claim.answer_id)
