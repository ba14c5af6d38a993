"""How many gold checks may still be served to a reviewer. Reads only."""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final

from django.db.models import Count, Sum
from psycopg import sql

from evaluation.runs.models import EvaluationRun, Rater
from evaluation.voting.models import GoldLease
from reviewapp.core.db.prepared import fetch_all

# Each check once for each person, in whatever run; never one that they wrote or voted on.
# Parameters: run, and `reviewer` with the columns id, user_id and project_id.
DRAWABLE: Final = """
FROM reviewer
JOIN evaluation_rungoldcheck used ON used.run_id = %(run)s AND NOT used.is_training
JOIN evaluation_goldcheck g ON g.id = used.gold_check_id AND g.retired_at IS NULL
LEFT JOIN evaluation_comparison source ON source.id = g.source_id
LEFT JOIN people_readinglanguages l
    ON l.user_id = reviewer.user_id AND l.project_id = reviewer.project_id AND l.languages <> '{}'
WHERE source.erased_at IS NULL
  AND (l.id IS NULL OR g.reading_language = '' OR g.reading_language = ANY (l.languages))
  AND g.created_by_id IS DISTINCT FROM reviewer.user_id
  AND NOT EXISTS (
      SELECT FROM evaluation_goldlease seen JOIN evaluation_rater r ON r.id = seen.rater_id
      WHERE seen.gold_check_id = g.id AND r.user_id = reviewer.user_id AND seen.state <> 'expired')
  AND NOT EXISTS (
      SELECT FROM evaluation_vote v JOIN evaluation_rater r ON r.id = v.rater_id
      WHERE v.comparison_id = g.source_id AND r.user_id = reviewer.user_id)
"""
_COUNT: Final = (
    sql.SQL("""
WITH reviewer AS (
    SELECT rater.id, rater.user_id, run.project_id
    FROM evaluation_evaluationrun run JOIN evaluation_rater rater ON rater.run_id = run.id
    WHERE rater.id = %(rater)s
)
SELECT count(*)
{drawable}
""")
    .format(drawable=sql.SQL(DRAWABLE))
    .as_string()
)
_HUNDRED: Final = 100


@dataclass(frozen=True)
class GoldProgress:
    """The gold checks of a reviewer in a run: answered, and those that may still be served."""

    done: int
    left: int


def gold_progress(rater: Rater, *, votes: int, remaining: int) -> GoldProgress:
    """Return how many gold checks a reviewer answered, and how many may still come.

    They are counted before they are drawn. Otherwise the number of what is left would stay the same
    after the vote before a gold check, and tell which comparison is one. Only the last few of a run
    are not counted so: what was planned and does not come has to go from the number.

    Args:
        rater: the reviewer.
        votes: their votes on comparisons.
        remaining: the comparisons that may still be served to them.
    """
    run, state = rater.run, GoldLease.State
    if not run.gold_percent:
        return GoldProgress(0, 0)
    leases = rater.gold_leases.filter(is_training=False)
    by_state = dict(leases.order_by().values_list("state").annotate(Count("pk")))
    done = by_state.get(state.VOTED, 0)
    held = by_state.get(state.LEASED, 0) + by_state.get(state.SKIPPED, 0)
    ((drawable,),) = fetch_all(_COUNT, {"run": run.pk, "rater": rater.pk})
    planned = _most(max(votes, _share(run)), run.gold_percent)
    planned -= done + by_state.get(state.BROKEN, 0)
    # None is drawn when nothing else is left.
    return GoldProgress(done, max(held, min(held + drawable, planned, remaining)))


def _share(run: EvaluationRun) -> int:
    """Return the votes of each reviewer if all of them vote alike."""
    needed = run.comparisons.aggregate(votes=Sum("votes_needed"))["votes"] or 0
    return ceil(needed / max(1, run.raters.filter(removed_at=None).count()))


def _most(votes: int, percent: int) -> int:
    """Return a number of gold checks that is hardly ever exceeded: two deviations above the mean.

    Each comparison that is served is a gold check with the run's probability.
    """
    mean = votes * percent / (_HUNDRED - percent)
    return ceil(mean + 2 * sqrt(mean))
