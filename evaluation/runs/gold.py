"""Gold checks: their texts, who may see them, and which of them a run may use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from evaluation.runs.models import Comparison, EvaluationRun, GoldAnswer, GoldCheck
from evaluation.runs.permissions import active_runs_of
from evaluation.stats.verdicts import Choice
from reviewapp.people.models import Project, User


def gold_denied_reason(user: User, project: Project) -> str:
    """Return why a user may not see the gold checks of a project; empty if they may.

    A reviewer who knows them would recognise them among the comparisons.
    """
    voting = active_runs_of(user).filter(project=project)
    if voting.filter(Q(gold_percent__gt=0) | Q(training_examples__gt=0)).exists():
        return gettext("You vote in a run with gold checks, so they are hidden until it is closed.")
    return ""


@dataclass(frozen=True)
class GoldTexts:
    """What a gold check shows: its prompt, its policies and its two answers."""

    prompt: list[dict[str, Any]]
    policies: list[str]
    first: str
    second: str


def texts_of(check: GoldCheck) -> GoldTexts:
    """Return the texts of a gold check; those of a comparison are read from it."""
    source = check.source
    if source is None:
        return GoldTexts(check.prompt, check.policies, check.first, check.second)
    answers = dict(source.answers.values_list("model_version_id", "text"))
    run = source.run
    return GoldTexts(
        source.prompt, source.policies, answers[run.candidate_id], answers[run.baseline_id]
    )


def usable_checks(run: EvaluationRun) -> QuerySet[GoldCheck]:
    """Return the gold checks that a run may use, oldest first.

    Not those whose prompt is among its own: a reviewer would see the same prompt twice.
    """
    own = Comparison.objects.filter(run=run)
    checks = GoldCheck.objects.filter(project=run.project_id, retired_at__isnull=True)
    usable = checks.filter(Q(source__isnull=True) | Q(source__erased_at__isnull=True))
    usable = usable.exclude(Exists(own.filter(prompt=OuterRef("source__prompt"))))
    return usable.exclude(Exists(own.filter(prompt=OuterRef("prompt")))).order_by("pk")


def shown_checks(project: Project) -> Sequence[GoldCheck]:
    """Return all gold checks of a project with their texts' sources, the newest first."""
    checks = GoldCheck.objects.filter(project=project).select_related("source__run", "created_by")
    return list(checks.order_by("-pk"))


def agreed_choice(expected: str, *, left: str) -> Choice:
    """Return the choice that is the agreed answer, for the sides as they are shown.

    Args:
        expected: a `GoldAnswer`.
        left: which text is on the left, "first" or "second".
    """
    if expected in {GoldAnswer.BOTH_GOOD, GoldAnswer.BOTH_BAD}:
        return Choice(expected)
    return Choice.LEFT if expected == left else Choice.RIGHT
