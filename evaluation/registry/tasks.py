"""The worker's side of trying a model out."""

from celery import shared_task

from evaluation.registry.actions import trials
from evaluation.registry.trials import try_model


@shared_task(name="evaluation.run_trial")  # type: ignore[untyped-decorator]
def run_trial(trial_id: int) -> None:
    """Ask the model, and start the next trial that waits. Safe to deliver twice."""
    trial = trials.claim_trial(trial_id=trial_id)
    if trial is None or trial.claim is None:
        return
    result = try_model(trial.model_version)
    trials.finish_trial(trial_id=trial.pk, claim=trial.claim, result=result)
    wake_trials()


@shared_task(name="evaluation.wake_trials")  # type: ignore[untyped-decorator]
def wake_trials() -> None:
    """Start the trials that wait, and end those of lost workers. The beat calls it."""
    for trial_id in trials.trials_to_start():
        run_trial.delay(trial_id)
