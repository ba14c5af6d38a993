"""How reviewers answer gold checks: by check, and by rater with the flag for low accuracy."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from evaluation.runs.gold import shown_checks
from evaluation.runs.models import EvaluationRun, GoldCheck, Rater
from evaluation.stats.raters import GoldCheck as Accuracy
from evaluation.stats.raters import gold_check
from evaluation.voting.models import GoldLease
from reviewapp.people.models import Project

_SHOWN_CHARACTERS = 160


@dataclass(frozen=True)
class GoldRow:
    """A gold check with how often it was answered, and answered as agreed, outside training."""

    check: GoldCheck
    preview: str
    answered: int
    right: int
    broken: int


def gold_rows(project: Project) -> list[GoldRow]:
    """Return the gold checks of a project, the newest first."""
    counts = GoldLease.objects.filter(gold_check__project=project, is_training=False).order_by()
    rows = counts.values_list("gold_check").annotate(
        answered=Count("pk", filter=Q(state=GoldLease.State.VOTED)),
        right=Count("pk", filter=Q(state=GoldLease.State.VOTED, is_right=True)),
        broken=Count("pk", filter=Q(state=GoldLease.State.BROKEN)),
    )
    found = {check: counts for check, *counts in rows}
    return [
        GoldRow(check, _preview(check), *found.get(check.pk, (0, 0, 0)))
        for check in shown_checks(project)
    ]


def _preview(check: GoldCheck) -> str:
    prompt = check.source.prompt if check.source else check.prompt
    texts = [str(turn.get("content") or "") for turn in prompt if turn.get("role") == "user"]
    return (texts or [""])[-1][:_SHOWN_CHARACTERS]


def gold_accuracy(rater_ids: Sequence[int]) -> dict[int, Accuracy]:
    """Return the accuracy of raters on gold checks that are not retired, by id of the rater.

    Without those of the training round; raters without an answer are not in it.
    """
    voted = GoldLease.objects.filter(
        rater__in=rater_ids,
        state=GoldLease.State.VOTED,
        is_training=False,
        gold_check__retired_at__isnull=True,
    )
    rows = (
        voted.order_by()
        .values_list("rater")
        .annotate(
            right=Count("pk", filter=Q(is_right=True)), wrong=Count("pk", filter=Q(is_right=False))
        )
    )
    return {rater: gold_check(right, wrong) for rater, right, wrong in rows}


def flagged_raters(run: EvaluationRun) -> list[tuple[Rater, Accuracy]]:
    """Return the raters of a run whose accuracy is flagged, by name."""
    if not run.gold_percent:
        return []
    raters = {rater.pk: rater for rater in run.raters.order_by("name")}
    accuracy = gold_accuracy(list(raters))
    flagged = {pk for pk, found in accuracy.items() if found.flagged}
    return [(rater, accuracy[pk]) for pk, rater in raters.items() if pk in flagged]
