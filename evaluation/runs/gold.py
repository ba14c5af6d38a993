"""Gold checks: their texts, who may see them, and which of them a run may use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext
from rapidfuzz import fuzz, process

from evaluation.runs.models import Comparison, EvaluationRun, GoldAnswer, GoldCheck
from evaluation.runs.permissions import active_runs_of
from evaluation.stats.verdicts import Choice
from reviewapp.people.models import Project, User

# Served in random order, so the first ones are a sample of the run.
_COMPARED_PROMPTS: Final = 300


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
        return GoldTexts(check.prompt, [], check.first, check.second)
    answers = dict(source.answers.values_list("model_version_id", "text"))
    run = source.run
    return GoldTexts(
        source.prompt, source.policies, answers[run.candidate_id], answers[run.baseline_id]
    )


def policies_like(prompt: Sequence[Mapping[str, Any]], *, run_id: int) -> list[str]:
    """Return the policies of the comparison of a run whose prompt is most like this one.

    A gold check with texts of its own names no policies. In a run whose comparisons do, it would be
    the only one without them.
    """
    compared = Comparison.objects.filter(run=run_id).order_by("position")
    found = list(compared.values_list("prompt", "policies")[:_COMPARED_PROMPTS])
    if not found:
        return []
    texts = [_text_of(other) for other, _policies in found]
    _text, _score, place = process.extractOne(_text_of(prompt), texts, scorer=fuzz.token_set_ratio)
    return [*found[place][1]]


def _text_of(prompt: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(str(message.get("content") or "") for message in prompt).casefold()


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
