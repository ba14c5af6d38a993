"""Permissions of a run: which figures, answers and models a user may see."""

from collections.abc import Collection
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, gettext_lazy

from datasets.curation.models import GoldenExample
from datasets.curation.visibility import VisibilityRule
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun, Rater
from evaluation.runs.reviewer_title import reviewer_title
from reviewapp.core.db.prepared import fetch_all
from reviewapp.people.models import Project, User

_ACTIVE_STATES = (RunState.GENERATING, RunState.VOTING)


def figures_denied_reason(user: User, run: EvaluationRun) -> str:
    """Return why a user may not see the figures of a run; empty if they may.

    Figures would influence the votes of its reviewers; a closed run has no further votes.
    """
    if run.state == RunState.CLOSED:
        return ""
    if run.raters.filter(user=user, removed_at=None).exists():
        return gettext(
            "You vote in this run, and its figures would influence you. You see them when it is "
            "closed."
        )
    return ""


def active_runs_of(user: User) -> QuerySet[EvaluationRun]:
    """Return the runs that are not closed in which the user is a reviewer."""
    raters = Rater.objects.filter(user=user, removed_at__isnull=True)
    return EvaluationRun.objects.filter(pk__in=raters.values("run"), state__in=_ACTIVE_STATES)


def blinded_runs_of(user: User, models: Collection[int]) -> QuerySet[EvaluationRun]:
    """Return the open runs in which the user votes on one of these model versions."""
    shared = Q(candidate__in=models) | Q(baseline__in=models)
    return active_runs_of(user).filter(shared).order_by("pk")


def answers_denied_reason(user: User, run: EvaluationRun) -> str:
    """Return why a user may not read the answers of a run with model names; empty if they may.

    A model answers the same prompt alike, so a name in this run reveals it in another one.
    """
    other = blinded_runs_of(user, [run.candidate_id, run.baseline_id]).exclude(pk=run.pk).first()
    if other is None:
        return ""
    title = reviewer_title(other)
    return gettext(
        "You are a reviewer of “%(title)s”, which compares one of the same models. You can open "
        "this page when that run is closed."
    ) % {"title": title}


def model_denied_reason(user: User, model_id: int) -> str:
    """Return why a user may not see how to call this model; empty if they may.

    A user who can call a model by name may recognise its answers in a blind comparison.
    """
    if not blinded_runs_of(user, [model_id]).exists():
        return ""
    return gettext(
        "You vote in a run of this model, so it is hidden until that run is closed. Ask a lead who "
        "does not vote."
    )


def _golden_examples_compared(user: User, project: Project) -> QuerySet[GoldenExample]:
    """Return the examples whose prompts the user compares in an open run."""
    compared = Comparison.objects.filter(
        run__in=active_runs_of(user).filter(project=project),
        state__in=[Comparison.State.OPEN, Comparison.State.CLOSED],
        revision__isnull=False,
    )
    return GoldenExample.objects.filter(
        project=project, pk__in=compared.values("revision__example")
    )


_VOTES_IN_OPEN_RUN: Final = """
SELECT EXISTS (
    SELECT FROM evaluation_rater rater JOIN evaluation_evaluationrun run ON run.id = rater.run_id
    WHERE rater.user_id = %(user)s AND rater.removed_at IS NULL
      AND run.project_id = %(project)s AND run.state = ANY(%(states)s)
)
"""


def _votes_in_open_run(user: User, project: Project) -> bool:
    """Return whether the user is a reviewer of a run of the project that is not closed."""
    ((votes,),) = fetch_all(
        _VOTES_IN_OPEN_RUN,
        {"user": user.pk, "project": project.pk, "states": [*_ACTIVE_STATES]},
    )
    return bool(votes)


GOLDEN_ANSWERS = VisibilityRule(
    hidden=_golden_examples_compared,
    may_hide=_votes_in_open_run,
    denied_reason=gettext_lazy(
        "You compare answers to this prompt, and its golden answer would influence your votes. You "
        "can read it when the run is closed."
    ),
)
"""Hides from reviewers the golden answers to the prompts that they vote on."""


def runs_hidden_from(user: User, project: Project) -> list[int]:
    """Return the ids of the project's runs whose figures the user may not see."""
    raters = Rater.objects.filter(user=user, removed_at=None, run__project=project)
    voting = raters.exclude(run__state=RunState.CLOSED)
    return list(voting.values_list("run_id", flat=True))
