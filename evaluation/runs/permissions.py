"""Who may see and do what in a run, each answer with its reason."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from datasets.curation.models import GoldenExample
from datasets.curation.visibility import VisibilityRule
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from reviewapp.people.models import Project, User

_ACTIVE_STATES = (RunState.GENERATING, RunState.VOTING)


def figures_denied_reason(user: User, run: EvaluationRun) -> str:
    """Say why this person may not see a run's figures; empty if they may.

    Who still votes must not know how it stands; when the run is closed there is nothing to sway.
    """
    if run.state == RunState.CLOSED:
        return ""
    if run.raters.filter(user=user, removed_at=None).exists():
        return (
            "You vote in this run, so you see its figures when it is closed. "
            "Knowing them would sway your votes."
        )
    return ""


def active_runs_of(user: User) -> QuerySet[EvaluationRun]:
    """Return the runs that this person is a reviewer of and that are not over."""
    raters = Rater.objects.filter(user=user, removed_at__isnull=True)
    return EvaluationRun.objects.filter(pk__in=raters.values("run"), state__in=_ACTIVE_STATES)


def blinded_runs_of(user: User, models: Collection[int]) -> QuerySet[EvaluationRun]:
    """Return the runs in which this person is yet to vote on one of these model versions."""
    shared = Q(candidate__in=models) | Q(baseline__in=models)
    return active_runs_of(user).filter(shared).order_by("pk")


def answers_denied_reason(user: User, run: EvaluationRun) -> str:
    """Say why this person may not read the answers of a run under their models' names.

    Empty if they may. The same model answers the same prompt alike, so an answer with its name in
    this run names it in another one.
    """
    other = blinded_runs_of(user, [run.candidate_id, run.baseline_id]).exclude(pk=run.pk).first()
    if other is None:
        return ""
    return (
        f"You are a reviewer of “{other.title or 'Side by side'}”, which asks one of the same "
        "models. You can open this page when that run is closed."
    )


def model_denied_reason(user: User, model_id: int) -> str:
    """Say why this person may not be told how to ask this model; empty if they may.

    Whoever can ask a model by name knows its answers again in a blind comparison.
    """
    if not blinded_runs_of(user, [model_id]).exists():
        return ""
    return (
        "You vote in a run of this model, so it is hidden from you until that run is closed. "
        "Ask a lead who does not vote."
    )


def _golden_examples_compared(user: User, project: Project) -> QuerySet[GoldenExample]:
    """Return the examples whose prompts this person compares in a run that is not over."""
    compared = Comparison.objects.filter(
        run__in=active_runs_of(user).filter(project=project),
        state__in=[Comparison.State.OPEN, Comparison.State.CLOSED],
        revision__isnull=False,
    )
    return GoldenExample.objects.filter(
        project=project, pk__in=compared.values("revision__example")
    )


GOLDEN_ANSWERS = VisibilityRule(
    hidden=_golden_examples_compared,
    denied_reason=(
        "You compare answers to this prompt in an open run, and its golden answer would sway your "
        "votes. You can read it when the run is closed."
    ),
)
"""Hides from reviewers the golden answers that one of the two models was tuned to write."""


def runs_hidden_from(user: User, project: Project) -> list[int]:
    """Return the ids of the project's runs whose figures this person may not see."""
    seats = Rater.objects.filter(user=user, removed_at=None, run__project=project)
    open_seats = seats.exclude(run__state=RunState.CLOSED)
    return list(open_seats.values_list("run_id", flat=True))
