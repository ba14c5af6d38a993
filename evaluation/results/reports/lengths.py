"""How long the answers are, compared: one aggregate over the examples that were counted."""

from django.db import connection
from psycopg import sql

from evaluation.results.reports.sums import LengthSums
from evaluation.runs.models import EvaluationRun
from evaluation.runs.models.counts import closing_votes_sql

# The difference is candidate minus baseline in characters; y is the example's score.
# Grouped by comparison and not joined model by model: right after an import the database knows
# too little of the table to choose a good way of joining.
# Summed as numerics, whose sum does not depend on the order of the rows.
_SUMS = """
WITH pairs AS (
    SELECT max(length(a.text)) FILTER (WHERE a.model_version_id = %(candidate)s)
               - max(length(a.text)) FILTER (WHERE a.model_version_id = %(baseline)s) AS difference,
           c.closing_candidate AS won, c.closing_baseline AS lost,
           (2 * c.closing_candidate + c.closing_tie_good + c.closing_tie_bad
                + c.closing_identical)::float8
               / (2 * {closing_votes}) AS y
    FROM evaluation_comparison c
    JOIN evaluation_answer a ON a.comparison_id = c.id
    WHERE c.run_id = %(run)s AND c.state = 'closed'
      AND c.position > %(after)s AND c.position <= %(through)s
    GROUP BY c.id
), points AS (
    SELECT *, CASE WHEN %(sd)s > 0 THEN tanh(difference / %(sd)s) ELSE 0 END AS t FROM pairs
)
SELECT coalesce(sum(CASE WHEN difference > 0 THEN won WHEN difference < 0 THEN lost END), 0),
       coalesce(sum(CASE WHEN difference < 0 THEN won WHEN difference > 0 THEN lost END), 0),
       count(*), coalesce(sum(t::numeric), 0)::float8, coalesce(sum(y::numeric), 0)::float8,
       coalesce(sum((t * t)::numeric), 0)::float8, coalesce(sum((t * y)::numeric), 0)::float8,
       coalesce(sum((y * y)::numeric), 0)::float8
FROM points
"""
_SUMS_BY_COMPARISON = sql.SQL(_SUMS).format(closing_votes=closing_votes_sql("c")).as_string()


def length_sums(run: EvaluationRun, *, after: int, through: int, sd: float) -> LengthSums:
    """Sum up the closed examples of the main queue after one position, through another.

    Args:
        sd: standard deviation of the length differences over the run's answers; 0 if unknown.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SUMS_BY_COMPARISON,
            {
                "run": run.pk,
                "candidate": run.candidate_id,
                "baseline": run.baseline_id,
                "after": after,
                "through": through,
                "sd": float(sd),
            },
        )
        return LengthSums(*cursor.fetchone())


_SPREAD = """
SELECT coalesce(stddev_samp(difference), 0)::float8
FROM (
    SELECT max(length(text)) FILTER (WHERE model_version_id = %(candidate)s)
               - max(length(text)) FILTER (WHERE model_version_id = %(baseline)s) AS difference
    FROM evaluation_answer
    WHERE run_id = %(run)s AND state = 'done'
    GROUP BY comparison_id
) pairs
"""


def length_spread(run: EvaluationRun) -> float:
    """Standard deviation, in characters, of candidate minus baseline; 0 below two answers each."""
    with connection.cursor() as cursor:
        cursor.execute(
            _SPREAD,
            {"run": run.pk, "candidate": run.candidate_id, "baseline": run.baseline_id},
        )
        return float(cursor.fetchone()[0])
