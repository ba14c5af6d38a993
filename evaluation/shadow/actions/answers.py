"""The job of one answer: claim it within limits and cap, then store, retry or fail it.

A claim locks the endpoint and then the check, so that calls of all workers together keep the limits
of the one and the cap of the other. Only the holder of a claim writes.
"""

from collections.abc import Iterator
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from evaluation.judge.models import usd_for
from evaluation.providers.answer_marks import has_words, without_marks
from evaluation.providers.base import Completion, ProviderBlocked, strip_unstorable
from evaluation.registry.actions.calls import calls_to_send, end_waiting, lock_endpoint
from evaluation.registry.actions.job_calls import JobCall, JobCalls, response_columns
from evaluation.registry.models import CallPurpose
from evaluation.shadow.actions.checks import lock_check, stop_check
from evaluation.shadow.models import CheckState, ShadowAnswer, ShadowCheck
from evaluation.shadow.requests import compared, request_for
from evaluation.shadow.signals import signals_of
from reviewapp.core.messages import message
from reviewapp.jobs.actions import claim_job, fail_job, finish_job
from reviewapp.jobs.models import JobState

COST_CAP = "cost_cap"
NO_TEXT = "no_text"


class ShadowCalls(JobCalls[ShadowAnswer]):
    """The calls of a shadow check; what stops one stops its check."""

    model = ShadowAnswer
    purpose = CallPurpose.SHADOW

    @transaction.atomic
    def store(self, call: JobCall[ShadowAnswer], completion: Completion) -> ShadowAnswer | None:
        """Store an answer with its signals; return None if the claim was lost.

        Reasoning blocks and template marks are not part of an answer; without words it is none.
        """
        answer = call.job
        end_waiting(call.endpoint_id)
        lock_check(answer.shadow_check_id)
        if not call.is_open:
            # A lost worker: its call was counted when the claim was released.
            return self.end(call, "late", is_held=False)
        _count_usage(answer, completion)
        text = strip_unstorable(without_marks(completion.text)).strip()
        columns = response_columns(completion)
        if not has_words(text):
            is_held = fail_job(answer, NO_TEXT, message("shadow.no_text"), **columns)
            return self.end(call, NO_TEXT, is_held=is_held)
        # The lock waits for an erasure that has begun: nothing erased is stored again.
        if ShadowAnswer.objects.select_for_update().get(pk=answer.pk).erased_at is not None:
            is_held = finish_job(answer, latency_ms=completion.latency_ms)
            return self.end(call, "erased", is_held=is_held)
        signals = [signal.as_json() for signal in signals_of(compared(answer, text))]
        is_held = finish_job(answer, text=text, signals=signals, **columns)
        return self.end(call, "ok", is_held=is_held)

    @transaction.atomic
    def block(self, call: JobCall[ShadowAnswer], error: ProviderBlocked) -> ShadowAnswer | None:
        """Stop the check until a lead resumes it: no quota, a bad key, an unknown model."""
        self.block_endpoint(call, error)
        stop_check(check_id=call.job.shadow_check_id, code=error.code, reason=error.message)
        return self.retry_blocked(call, error)


CALLS = ShadowCalls()


@transaction.atomic
def claim_answer(*, answer_id: int) -> JobCall[ShadowAnswer] | None:
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
    if not CALLS.has_capacity(endpoint, now, answer_id):
        return None
    if not _keeps_cap(found, asked):
        return None
    claimed = claim_job(ShadowAnswer, answer_id)
    if claimed is None:
        return None
    claimed.shadow_check = found
    provider, request = found.model_version.provider, request_for(claimed, endpoint)
    return CALLS.start(claimed, endpoint, now, provider=provider, request=request)


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


def _count_usage(answer: ShadowAnswer, completion: Completion) -> None:
    tokens_in, tokens_out = completion.prompt_tokens, completion.completion_tokens
    if tokens_in is None or tokens_out is None:
        answer.count_as_spent()
        return
    usd = usd_for(answer.shadow_check.model_version, tokens_in, tokens_out)
    answer.count_as_spent(tokens_in + tokens_out, usd)


@transaction.atomic
def dispatch_answers(*, endpoint_id: int) -> list[int]:
    """Return the answers to send to workers now (`calls_to_send`)."""
    needed = ShadowAnswer.objects.needed()
    needed = needed.filter(shadow_check__model_version__endpoint=endpoint_id)
    return calls_to_send(needed, endpoint_id=endpoint_id, purpose=CallPurpose.SHADOW)


def answers_to_send() -> Iterator[int]:
    """Yield the answers to send to workers now, of all endpoints that a check waits for."""
    asking = ShadowCheck.objects.filter(
        state=CheckState.RUNNING, model_version__endpoint__isnull=False
    )
    ids = asking.order_by().values_list("model_version__endpoint", flat=True).distinct()
    for endpoint_id in list(ids):
        yield from dispatch_answers(endpoint_id=endpoint_id)
