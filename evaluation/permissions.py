"""Who may see and do what in a run, each answer with its reason."""

from datasets.models import User
from evaluation.models import EvaluationRun


def figures_refusal(user: User, run: EvaluationRun) -> str:
    """Say why this person may not see a run's figures; empty if they may.

    Who still votes must not know how it stands; when the run is closed there is nothing to sway.
    """
    if run.state == EvaluationRun.State.CLOSED:
        return ""
    if run.raters.filter(user=user, removed_at=None).exists():
        return (
            "You vote in this run, so you see its figures when it is closed. "
            "Knowing them would sway your votes."
        )
    return ""
