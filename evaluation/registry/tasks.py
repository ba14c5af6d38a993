"""The job of trying a model out."""

from evaluation.registry.actions import trials
from evaluation.registry.models import ModelTrial
from evaluation.registry.trials import try_model
from reviewapp.jobs.tasks import register_job


def _run(trial_id: int) -> None:
    trial = trials.claim_trial(trial_id=trial_id)
    if trial is None:
        return
    trials.finish_trial(trial=trial, result=try_model(trial.model_version))
    TRIALS.wake()


TRIALS = register_job("trial", ModelTrial, run=_run, to_send=trials.trials_to_send)
