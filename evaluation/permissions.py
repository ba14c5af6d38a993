"""Who may see and do what in a run, each answer with its reason."""

from datasets.independence import signature_refusal
from datasets.models import Project, User
from evaluation.models import EvaluationRun, Promotion, Rater


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


def runs_hidden_from(user: User, project: Project) -> list[int]:
    """Return the ids of the project's runs whose figures this person may not see."""
    seats = Rater.objects.filter(user=user, removed_at=None, run__project=project)
    open_seats = seats.exclude(run__state=EvaluationRun.State.CLOSED)
    return list(open_seats.values_list("run_id", flat=True))


def sign_refusal(user: User, promotion: Promotion) -> str:
    """Return why this person may not sign a promotion that waits; empty if they may.

    Who signs is independent of who asked, and may see the evidence.
    """
    refusal = signature_refusal(
        user,
        asker=promotion.requested_by,
        asked_at=promotion.requested_at,
        project=promotion.project,
    )
    if refusal:
        return refusal
    return figures_refusal(user, promotion.run) if promotion.run else ""
