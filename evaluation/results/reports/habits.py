"""Speed of the raters of a run and their accuracy on gold checks. Reads only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from evaluation.results.reports.gold import gold_accuracy
from evaluation.results.reports.run_report import RaterLine, RunReport
from evaluation.runs.models import EvaluationRun
from evaluation.stats.raters import GoldCheck
from evaluation.voting.models import Vote
from evaluation.voting.progress import seconds_per_vote

_LAST_VOTES = 200
"""Votes of a rater that the speed is measured on, so that a long run is read as fast."""


@dataclass(frozen=True)
class RaterHabit:
    """How one rater of the run votes.

    Attributes:
        line: their figures in the report.
        seconds: median seconds between two of their last votes, without breaks; None if unknown.
        gold: accuracy on gold checks outside training; None before the first.
    """

    line: RaterLine
    seconds: float | None
    gold: GoldCheck | None


def rater_habits(report: RunReport) -> list[RaterHabit]:
    """Return how each rater of a run votes, in order of name."""
    times = _last_times(report.run)
    has_gold = bool(report.run.gold_percent)
    gold = gold_accuracy([counts.rater.pk for counts in report.voting]) if has_gold else {}
    return [
        RaterHabit(line, seconds_per_vote(times[pk]), gold.get(pk))
        for line in report.raters
        for pk in [line.voting.rater.pk]
    ]


def _last_times(run: EvaluationRun) -> dict[int, list[datetime]]:
    """Return the times of the last votes by rater, the latest first."""
    cast = Vote.objects.filter(run=run, undone_at__isnull=True)
    newest = Window(RowNumber(), partition_by=F("rater"), order_by=F("at").desc())
    rows = cast.annotate(number=newest).filter(number__lte=_LAST_VOTES).order_by("-at")
    found: dict[int, list[datetime]] = defaultdict(list)
    for rater, at in rows.values_list("rater_id", "at"):
        found[rater].append(at)
    return found
