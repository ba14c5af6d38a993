"""Recipients of notifications: one function for each event. The actor is left out by `notify`.

A reviewer of an open run hears nothing of its figures or models.
"""

from collections.abc import Iterable

from evaluation.promotion.models import Promotion
from evaluation.promotion.permissions import sign_denied_reason
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from evaluation.training.models import TrainingRun
from reviewapp.people.models import Project, Role, User


def leads_of(project: Project) -> list[User]:
    """Return the active leads of a project."""
    leads = User.objects.filter(
        is_active=True, memberships__project=project, memberships__role=Role.LEAD
    )
    return list(leads.distinct())


def of_opened_run(run: EvaluationRun) -> Iterable[int]:
    """Return the reviewers of a run that was opened."""
    raters = run.raters.filter(removed_at=None, user__isnull=False)
    return raters.values_list("user_id", flat=True)


def of_added_rater(run: EvaluationRun, rater_id: int) -> Iterable[int]:
    """Return a reviewer who was added to an open run."""
    return run.raters.filter(pk=rater_id, user__isnull=False).values_list("user_id", flat=True)


def of_decided_gate(run: EvaluationRun) -> Iterable[int]:
    """Return the leads who may see the figures of a run."""
    leads = leads_of(run.project)
    return [lead.pk for lead in leads if not figures_denied_reason(lead, run)]


def of_pending_promotion(promotion: Promotion) -> Iterable[int]:
    """Return the leads who may sign a promotion."""
    leads = leads_of(promotion.project)
    return [lead.pk for lead in leads if not sign_denied_reason(lead, promotion)]


def of_ended_training(training: TrainingRun) -> Iterable[int]:
    """Return who started a training; of one that a schedule started, all leads."""
    if training.started_by_id is not None:
        return [training.started_by_id]
    return [lead.pk for lead in leads_of(training.project)]


def of_shutdown(project: Project) -> Iterable[int]:
    """Return all leads of the project that has models tuned on the base model."""
    return [lead.pk for lead in leads_of(project)]
