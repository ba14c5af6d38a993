"""The votes of a run by reviewer and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date

from django.db.models import Count
from django.db.models.functions import TruncDate

from evaluation.runs.models import EvaluationRun, Rater
from evaluation.voting.models import Vote


@dataclass(frozen=True)
class RaterDays:
    """The votes of one reviewer that were not undone, by day in UTC."""

    rater: Rater
    days: Mapping[date, int]

    @property
    def votes(self) -> int:
        """Votes on all days."""
        return sum(self.days.values())

    @property
    def last(self) -> date | None:
        """The last day with a vote."""
        return max(self.days, default=None)

    def between(self, first: date, last: date) -> int:
        """Return the votes from one day to another, both included."""
        return sum(votes for day, votes in self.days.items() if first <= day <= last)


def votes_by_day(run: EvaluationRun) -> list[RaterDays]:
    """Return the votes of each rater by day, who voted most first; raters without votes too."""
    cast: dict[int, dict[date, int]] = defaultdict(dict)
    current = Vote.objects.filter(run=run, undone_at__isnull=True).order_by()
    days = current.annotate(day=TruncDate("at", tzinfo=UTC)).values_list("rater_id", "day")
    for rater, day, votes in days.annotate(votes=Count("*")):
        cast[rater][day] = votes
    raters = Rater.objects.filter(run=run)
    found = [RaterDays(rater, cast[rater.pk]) for rater in raters]
    return sorted(found, key=lambda rater_days: (-rater_days.votes, rater_days.rater.name))
