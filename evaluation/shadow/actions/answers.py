"""The job of one answer: claim it within limits and cap, then store, retry or fail it.

A claim locks the endpoint and then the check, so that calls of all workers together keep the limits
of the one and the cap of the other. Only the holder of a claim writes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from evaluation.judge.models import usd_for
from evaluation.providers.answer_marks import has_words, without_marks
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
from evaluation.registry.models import CallPurpose, Endpoint, ProviderCall
from evaluation.shadow.actions.checks import lock_check, stop_check
from evaluation.shadow.models import CheckState, ShadowAnswer, ShadowCheck
from evaluation.shadow.requests import compared, request_for
from evaluation.shadow.signals import signals_of
from reviewapp.core.messages import message
from reviewapp.jobs.actions import (
    backoff,
    claim_job,
    fail_job,
    finish_job,
    jobs_to_send,
    postpone_job,
    retry_job,
)
from reviewapp.jobs.models import JobState

COST_CAP = "cost_cap"
NO_TEXT = "no_text"


@dataclass(frozen=True)
class AnswerClaim:
    """A claimed answer with its counted call, its provider and its request."""

    answer: ShadowAnswer
    endpoint_id: int
    call_id: int
    provider: str
    request: CompletionRequest


@transaction.atomic
def claim_answer(*, answer_id: int) -> AnswerClaim | None:
    """Claim an answer; return None if it is not needed or held, or a limit is reached.

    At the cap the check stops; at the limits of the endpoint the answer is postponed.
    """
    asked = (
        ShadowAnswer.objects.select_related("shadow_check__model_version")
        .filter(pk=answer_id)
        .first()
    )
    if asked is None or asked.shadow_check.model_version.endpoint_id is None:
        return None
    endpoint, now = lock_endpoint(asked.shadow_check.model_version.endpoint_id), timezone.now()
    found = lock_check(asked.shadow_check_id)
    if not ShadowAnswer.objects.needed().filter(pk=answer_id).exists():
        return None
    capacity = capacity_of(endpoint, now, CallPurpose.SHADOW)
    if not capacity.calls:
        postpone_job(ShadowAnswer, answer_id, capacity.retry_at)
        return None
    if not _keeps_cap(found, asked):
        return None
    claimed = claim_job(ShadowAnswer, answer_id)
    if claimed is None:
        return None
    claimed.shadow_check = found
    return AnswerClaim(
        answer=claimed,
        endpoint_id=endpoint.pk,
        call_id=start_call(endpoint, now, CallPurpose.SHADOW, answer_id).pk,
        provider=found.model_version.provider,
        request=request_for(claimed, endpoint),
    )


def _keeps_cap(found: ShadowCheck, asked: ShadowAnswer) -> bool:
    """Return whether one more call keeps the cap; else stop the check. Running calls count."""
    if found.usd_cap is None:
        return True
    running = found.answers.filter(state=JobState.RUNNING).values_list("expected_tokens", flat=True)
    most = Decimal(0)
    for tokens in (asked.expected_tokens, *running):
        most += usd_for(found.model_version, tokens, found.max_tokens) or Decimal(0)
    if found.spent_usd + most <= found.usd_cap:
        return True
    spent, cap = float(found.spent_usd), float(found.usd_cap)
    reason = message("judge.cost_cap", spent=spent, cap=cap)
    stop_check(check_id=found.pk, code=COST_CAP, reason=reason)
    return False


@transaction.atomic
def store_answer(*, claim: AnswerClaim, completion: Completion) -> bool:
    """Store an answer with its signals; return False if the claim was lost.

    Reasoning blocks and template marks are not part of an answer; without words it is none.
    """
    answer = claim.answer
    end_waiting(claim.endpoint_id)
    lock_check(answer.shadow_check_id)
    if not ProviderCall.objects.filter(pk=claim.call_id, finished_at=None).exists():
        return False
    _count_usage(answer, completion)
    text = strip_unstorable(without_marks(completion.text)).strip()
    columns = {
        "response_model": strip_unstorable(completion.response_model)[:200],
        "request_id": strip_unstorable(completion.request_id)[:200],
        "latency_ms": completion.latency_ms,
    }
    if not has_words(text):
        is_held = fail_job(answer, NO_TEXT, message("shadow.no_text"), **columns)
        return _end(claim, NO_TEXT, is_held=is_held)
    # The lock waits for an erasure that has begun: nothing erased is stored again.
    if ShadowAnswer.objects.select_for_update().get(pk=answer.pk).erased_at is not None:
        is_held = finish_job(answer, latency_ms=completion.latency_ms)
        return _end(claim, "erased", is_held=is_held)
    signals = [signal.as_json() for signal in signals_of(compared(answer, text))]
    is_held = finish_job(answer, text=text, signals=signals, **columns)
    return _end(claim, "ok", is_held=is_held)


def _count_usage(answer: ShadowAnswer, completion: Completion) -> None:
    tokens_in, tokens_out = completion.prompt_tokens, completion.completion_tokens
    if tokens_in is None or tokens_out is None:
        answer.count_as_spent()
        return
    usd = usd_for(answer.shadow_check.model_version, tokens_in, tokens_out)
    answer.count_as_spent(tokens_in + tokens_out, usd)


@transaction.atomic
def fail_answer(*, claim: AnswerClaim, error: ProviderError) -> bool:
    """Mark an answer as failed, with the reason; return False if the claim was lost."""
    is_held = fail_job(claim.answer, error.code, error.message)
    return _end(claim, error.code, is_held=is_held)


@transaction.atomic
def release_answer(*, claim: AnswerClaim, error: TemporaryFailure) -> bool:
    """Schedule a retry with growing waits; the answer fails after the last attempt.

    After a rate limit every worker waits, and the attempt does not count.
    """
    now = timezone.now()
    if not error.is_rate_limit:
        if not claim.answer.can_resume:
            return fail_answer(claim=claim, error=error)
        wait = max(backoff(claim.answer.attempts), asked_to_wait(error))
        return _retry(claim, error, now + wait)
    waited = waited_seconds(claim.endpoint_id, now)
    if blocked := blocked_by_waits(error, waited):
        return block_check(claim=claim, error=blocked)
    if claim.answer.calls.count() % MAX_RATE_LIMITED_ATTEMPTS == 0:
        return fail_answer(claim=claim, error=error)
    until = defer_calls(claim.endpoint_id, error, now, waited=waited)
    return _retry(claim, error, until, is_attempt=False)


@transaction.atomic
def block_check(*, claim: AnswerClaim, error: ProviderBlocked) -> bool:
    """Stop the check until a lead resumes it: no quota, a bad key, an unknown model."""
    if error.is_endpoint_wide:
        Endpoint.objects.filter(pk=claim.endpoint_id).update(blocked_reason=error.message)
    stop_check(check_id=claim.answer.shadow_check_id, code=error.code, reason=error.message)
    return _retry(claim, error, None, is_attempt=False)


def _retry(
    claim: AnswerClaim, error: ProviderError, until: datetime | None, *, is_attempt: bool = True
) -> bool:
    is_held = retry_job(claim.answer, error.code, error.message, after=until, is_attempt=is_attempt)
    return _end(claim, error.code, is_held=is_held)


def _end(claim: AnswerClaim, outcome: str, *, is_held: bool) -> bool:
    ProviderCall.objects.filter(pk=claim.call_id).end(outcome)
    return is_held


@transaction.atomic
def dispatch_answers(*, endpoint_id: int) -> list[int]:
    """Return the answers to send to workers now, within the endpoint's capacity, oldest first."""
    endpoint = lock_endpoint(endpoint_id)
    capacity = capacity_of(endpoint, timezone.now(), CallPurpose.SHADOW)
    needed = ShadowAnswer.objects.needed().filter(shadow_check__model_version__endpoint=endpoint)
    return jobs_to_send(needed, limit=capacity.calls)


def answers_to_send() -> Iterator[int]:
    """Yield the answers to send to workers now, of all endpoints that a check waits for."""
    asking = ShadowCheck.objects.filter(
        state=CheckState.RUNNING, model_version__endpoint__isnull=False
    )
    ids = asking.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_answers(endpoint_id=endpoint_id)
