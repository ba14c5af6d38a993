"""The job of one answer to an archetype prompt."""

from evaluation.shadow.actions import answers, checks, tuned
from evaluation.shadow.models import ShadowAnswer
from reviewapp.jobs.tasks import register_job


def _run(answer_id: int) -> None:
    claim = answers.claim_answer(answer_id=answer_id)
    if claim is None:
        return  # Done, not needed now, or held by another worker.
    answers.CALLS.ask(claim)
    for next_id in answers.dispatch_answers(endpoint_id=claim.endpoint_id):
        SHADOW_ANSWERS.send(next_id)
    checks.finish_check(check_id=claim.job.shadow_check_id)


def _after_wake() -> None:
    """End checks with nothing left to ask, and begin those of models that were just tuned."""
    for check_id in checks.running_checks():
        checks.finish_check(check_id=check_id)
    tuned.check_tuned_models()


SHADOW_ANSWERS = register_job(
    "shadow_answer",
    ShadowAnswer,
    run=_run,
    to_send=answers.answers_to_send,
    after_wake=_after_wake,
)
