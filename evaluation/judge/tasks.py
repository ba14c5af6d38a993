"""The job of one judgement. The rows hold the work, a message only wakes a worker."""

from evaluation.judge.actions import dispatch, judgements, judging
from evaluation.judge.models import Judgement
from reviewapp.jobs.tasks import register_job


def _run(judgement_id: int) -> None:
    claim = judgements.claim_judgement(judgement_id=judgement_id)
    if claim is None:
        return  # Done, not needed now, or held by another worker.
    judgements.CALLS.ask(claim)
    for next_id in dispatch.dispatch_judgements(endpoint_id=claim.endpoint_id):
        JUDGEMENTS.send(next_id)
    judging.finish_judging(judge_run_id=claim.job.judge_run_id)


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
