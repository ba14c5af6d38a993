"""The job of one judgement. The rows hold the work, a message only wakes a worker."""

from evaluation.judge.actions import dispatch, judgements, judging
from evaluation.judge.actions.judgements import JudgeClaim
from evaluation.judge.models import Judgement
from evaluation.providers.base import PermanentFailure, ProviderBlocked, TemporaryFailure
from evaluation.providers.kinds import provider_of
from reviewapp.jobs.tasks import register_job


def _run(judgement_id: int) -> None:
    claim = judgements.claim_judgement(judgement_id=judgement_id)
    if claim is None:
        return  # Done, not needed now, or held by another worker.
    _ask(claim)
    for next_id in dispatch.dispatch_judgements(endpoint_id=claim.endpoint_id):
        JUDGEMENTS.send(next_id)
    judging.finish_judging(judge_run_id=claim.judgement.judge_run_id)


def _ask(claim: JudgeClaim) -> None:
    try:
        completion = provider_of(claim.provider).complete(claim.request)
    except TemporaryFailure as error:
        judgements.release_judgement(claim=claim, error=error)
    except PermanentFailure as error:
        judgements.fail_judgement(claim=claim, error=error)
    except ProviderBlocked as error:
        judgements.block_judging(claim=claim, error=error)
    else:
        judgements.store_judgement(claim=claim, completion=completion)


def _finish_judge_runs() -> None:
    """End the judge runs with nothing left to ask, for example after a comparison was set aside."""
    for judge_run_id in judging.running_judge_runs():
        judging.finish_judging(judge_run_id=judge_run_id)


JUDGEMENTS = register_job(
    "judgement",
    Judgement,
    run=_run,
    to_send=dispatch.judgements_to_send,
    after_wake=_finish_judge_runs,
)
