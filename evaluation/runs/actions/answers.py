"""The job of one answer: claim it within the limits, then store it, retry it or stop the run."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from evaluation.providers.answer_marks import marks_in
from evaluation.providers.base import (
    Completion,
    CompletionRequest,
    ProviderBlocked,
    strip_unstorable,
)
from evaluation.registry.actions.calls import end_waiting, lock_endpoint
from evaluation.registry.actions.job_calls import JobCall, JobCalls, response_columns
from evaluation.registry.models import CallPurpose, ModelVersion
from evaluation.runs.actions.run_setup import lock_run, record
from evaluation.runs.lifecycle import RunAction
from evaluation.runs.models import Answer
from evaluation.runs.refusal_detection import is_refusal
from evaluation.runs.requests import request_for, request_hash
from evaluation.runs.rows import MAX_USD
from evaluation.runs.terms import Sampling
from reviewapp.jobs.actions import claim_job, finish_job

MILLION = Decimal(1_000_000)


class AnswerCalls(JobCalls[Answer]):
    """The calls for answers; what stops one stops its run."""

    model = Answer
    purpose = CallPurpose.ANSWER

    @transaction.atomic
    def store(self, call: JobCall[Answer], completion: Completion) -> Answer | None:
        """Store the answer of a model; return None, storing nothing, if the claim was lost."""
        end_waiting(call.endpoint_id)
        columns = completion_columns(call.job.model_version, call.request, completion)
        return self.end(call, "ok", is_held=finish_job(call.job, **columns))

    @transaction.atomic
    def block(self, call: JobCall[Answer], error: ProviderBlocked) -> Answer | None:
        """Stop the run until a lead resumes it: no quota, a bad key, an unknown model.

        Returns None if the claim was lost; the run is stopped anyway.
        """
        run = lock_run(call.job.run_id)
        if not run.paused:
            run.paused = True
            run.save(update_fields=["paused"])
            detail = {"code": error.code, "stopped": True, "reason": error.message.as_json()}
            record(run, RunAction.PAUSE, None, detail=detail)
        self.block_endpoint(call, error)
        return self.retry_blocked(call, error)


CALLS = AnswerCalls()


@transaction.atomic
def claim_answer(*, answer_id: int) -> JobCall[Answer] | None:
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
    if not CALLS.has_capacity(endpoint, now, answer_id):
        return None
    claimed = claim_job(Answer, answer_id)
    if claimed is None:
        return None
    model, sampling = answer.model_version, Sampling.from_json(claimed.run.sampling)
    request = request_for(model, endpoint, sampling, claimed.comparison.prompt)
    return CALLS.start(claimed, endpoint, now, provider=model.provider, request=request)


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
        **response_columns(completion),
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
