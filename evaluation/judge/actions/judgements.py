"""The job of one judgement: claim it within limits and caps, then store, retry or fail it.

A claim locks the endpoint and then the judge run, so that calls of all workers together keep the
limits of the one and the caps of the other. Only the holder of a claim writes.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from evaluation.judge.actions.judging import lock_judge_run, stop_judging
from evaluation.judge.models import Judgement, JudgeRun, usd_for
from evaluation.judge.requests import request_for
from evaluation.judge.terms import JudgeSampling
from evaluation.judge.verdicts import DECLINED, InvalidReply, read_verdict
from evaluation.providers.base import (
    Completion,
    ProviderBlocked,
    ProviderError,
    strip_unstorable,
)
from evaluation.registry.actions.calls import (
    CAPACITY_POLL_SECONDS,
    end_waiting,
    lock_endpoint,
)
from evaluation.registry.actions.job_calls import JobCall, JobCalls, response_columns
from evaluation.registry.models import CallPurpose
from evaluation.runs.models import Comparison
from evaluation.stats.verdicts import Verdict
from reviewapp.core.messages import message
from reviewapp.jobs.actions import (
    backoff,
    claim_job,
    fail_job,
    finish_job,
    postpone_job,
    retry_job,
)
from reviewapp.jobs.models import JobState

COST_CAP, TOKEN_CAP = "cost_cap", "token_cap"
MAX_INVALID_REPLIES = 2
# The service has worked on these requests and may charge for them, though no usage is known.
MAY_BE_CHARGED = {"no_text", "unreadable", "broken_off", "no_choice", "timeout", "disconnected"}


class JudgementCalls(JobCalls[Judgement]):
    """The calls of a judge; what stops one stops its judge run."""

    model = Judgement
    purpose = CallPurpose.JUDGEMENT

    @transaction.atomic
    def store(self, call: JobCall[Judgement], completion: Completion) -> Judgement | None:
        """Store the verdict in a reply; one without a verdict is asked for again, then fails.

        Returns None, storing nothing but the cost, if the claim was lost.
        """
        judgement = call.job
        end_waiting(call.endpoint_id)
        lock_judge_run(judgement.judge_run_id)
        columns = {"reply": strip_unstorable(completion.text), **response_columns(completion)}
        if not call.is_open:
            # A lost worker: its call was counted when the claim was released.
            return self.end(call, "late", is_held=False)
        _count_usage(judgement, completion)
        try:
            verdict = _verdict_in(completion, first=judgement.first)
        except InvalidReply as error:
            return self._refuse(call, error.code, columns)
        is_held = finish_job(judgement, verdict=verdict.value, **columns)
        return self.end(call, "ok", is_held=is_held)

    def _refuse(
        self, call: JobCall[Judgement], code: str, columns: dict[str, Any]
    ) -> Judgement | None:
        """Ask again after a reply without a verdict; after the second one the judgement fails."""
        judgement, reason = call.job, message(f"judge.{code}")
        columns["invalid_replies"] = judgement.invalid_replies + 1
        if judgement.invalid_replies + 1 < MAX_INVALID_REPLIES and judgement.can_resume:
            after = timezone.now() + backoff(judgement.invalid_replies + 1)
            is_held = retry_job(judgement, code, reason, after=after, **columns)
        else:
            is_held = fail_job(judgement, code, reason, **columns)
        return self.end(call, code, is_held=is_held)

    @transaction.atomic
    def block(self, call: JobCall[Judgement], error: ProviderBlocked) -> Judgement | None:
        """Stop the judge run until a lead resumes it: no quota, a bad key, an unknown model."""
        self.block_endpoint(call, error)
        stop_judging(judge_run_id=call.job.judge_run_id, code=error.code, reason=error.message)
        return self.retry_blocked(call, error)

    def before_failure(self, call: JobCall[Judgement], error: ProviderError) -> None:
        """Count a call that the service may charge."""
        lock_judge_run(call.job.judge_run_id)
        if call.is_open and error.code in MAY_BE_CHARGED:
            call.job.count_as_spent()

    def after_write(self, job_id: int) -> None:
        """Delete the reply again if its example was erased: the write waited for the erasure."""
        erased = Comparison.objects.filter(judgements=job_id, erased_at__isnull=False)
        forget_replies(list(erased.values_list("pk", flat=True)))


CALLS = JudgementCalls()


@transaction.atomic
def claim_judgement(*, judgement_id: int) -> JobCall[Judgement] | None:
    """Claim a judgement; return None if it is not needed or held, or a limit is reached.

    At a cap the judge run stops; at the limits of the endpoint the judgement is postponed.
    """
    asked = (
        Judgement.objects.select_related("judge_run__model_version").filter(pk=judgement_id).first()
    )
    if asked is None or asked.judge_run.model_version.endpoint_id is None:
        return None
    model = asked.judge_run.model_version
    endpoint, now = lock_endpoint(asked.judge_run.model_version.endpoint_id), timezone.now()
    judge_run = lock_judge_run(asked.judge_run_id)
    if not Judgement.objects.needed().filter(pk=judgement_id).exists():
        return None
    if not CALLS.has_capacity(endpoint, now, judgement_id):
        return None
    if not _keeps_caps(judge_run, asked, now):
        return None
    claimed = claim_job(Judgement, judgement_id)
    if claimed is None:
        return None
    claimed.judge_run = judge_run
    request = request_for(claimed, endpoint)
    return CALLS.start(claimed, endpoint, now, provider=model.provider, request=request)


def _keeps_caps(judge_run: JudgeRun, asked: Judgement, now: datetime) -> bool:
    """Return whether one more call keeps the caps; else stop the judge run, or wait for others.

    Each running call counts with the most that it may cost.
    """
    limit = JudgeSampling.from_json(judge_run.sampling).max_tokens
    running = judge_run.judgements.filter(state=JobState.RUNNING).aggregate(
        calls=Count("pk"), tokens=Sum("expected_tokens")
    )
    alone = _cap_reached(judge_run, asked.expected_tokens, limit)
    if alone:
        reason = message(
            f"judge.{alone}",
            spent=judge_run.spent_tokens if alone == TOKEN_CAP else float(judge_run.spent_usd),
            cap=judge_run.token_cap if alone == TOKEN_CAP else float(judge_run.usd_cap or 0),
        )
        stop_judging(judge_run_id=judge_run.pk, code=alone, reason=reason)
        return False
    tokens_in = asked.expected_tokens + (running["tokens"] or 0)
    if _cap_reached(judge_run, tokens_in, limit * (running["calls"] + 1)):
        postpone_job(Judgement, asked.pk, now + timedelta(seconds=CAPACITY_POLL_SECONDS))
        return False
    return True


def _cap_reached(judge_run: JudgeRun, tokens_in: int, tokens_out: int) -> str:
    """Return the code of the cap that these further tokens would exceed; empty if none."""
    tokens = judge_run.spent_tokens + tokens_in + tokens_out
    if judge_run.token_cap is not None and tokens > judge_run.token_cap:
        return TOKEN_CAP
    usd = usd_for(judge_run.model_version, tokens_in, tokens_out) or Decimal(0)
    if judge_run.usd_cap is not None and judge_run.spent_usd + usd > judge_run.usd_cap:
        return COST_CAP
    return ""


def _verdict_in(completion: Completion, *, first: str) -> Verdict:
    if completion.declined:
        raise InvalidReply(DECLINED)
    return read_verdict(completion.text, first=first, finish_reason=completion.finish_reason)


def _count_usage(judgement: Judgement, completion: Completion) -> None:
    """Add the tokens of a reply to what its judge run has spent; unknown ones as forecast."""
    limit = JudgeSampling.from_json(judgement.judge_run.sampling).max_tokens
    tokens_in, tokens_out = completion.prompt_tokens, completion.completion_tokens
    tokens_in = judgement.expected_tokens if tokens_in is None else tokens_in
    tokens_out = limit if tokens_out is None else tokens_out
    usd = usd_for(judgement.judge_run.model_version, tokens_in, tokens_out)
    JudgeRun.objects.filter(pk=judgement.judge_run_id).update(
        spent_tokens=F("spent_tokens") + tokens_in + tokens_out,
        spent_usd=F("spent_usd") + (usd or Decimal(0)),
    )


def forget_replies(comparison_ids: list[int]) -> int:
    """Delete the replies of judges about these comparisons; the verdicts stay."""
    found = Judgement.objects.filter(comparison_id__in=comparison_ids)
    return found.update(reply="", request_id="", error=None)


def delete_old_replies(project_id: int, before: datetime) -> int:
    """Delete the replies of a project's judges that are older; return how many."""
    found = Judgement.objects.filter(judge_run__run__project=project_id, finished_at__lt=before)
    return found.exclude(reply="", request_id="").update(reply="", request_id="")
