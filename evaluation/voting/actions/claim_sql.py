"""The SQL that leases the next comparison in served order to a reviewer.

`SKIP_LOCKED` skips rows that others have locked, `WAIT_FOR_LOCKS` waits for them, and `FREE`
returns whether a comparison is free. The first two are lists of queries: comparisons that the
reviewer skipped are served again only when nothing else is left, so their query is the last.
`SHARED` finds what several reviewers vote on; it is tried first where a run serves that first.

Parameters: run, project, rater, candidate and baseline (ids), undecided_only; to lease also count,
public_id, left (the side that was drawn) and lease_duration (an interval).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from evaluation.runs.models.counts import closing_votes_sql

# Each condition is one boolean, so that the planner scans the open comparisons in served order and
# stops at the first match. With joins, or comparisons of counts, it expects few matches and sorts
# all of them first.
#
# Leases, votes and answers are read by the index of their comparison and then filtered: a reviewer
# has many votes, a comparison has few.
#
# CASE fixes the order of the conditions: most comparisons before the next one are leased to others,
# and without it the planner would evaluate all three for each.
#
# The languages of the reviewer are one subquery that does not depend on the comparison, so it runs
# once. The ORM has the same rule in `evaluation/runs/reading.py`.
#
# A full comparison stays open while its votes can be undone: `full_at` excludes it before its
# leases are counted. One that is not full may have as many leases as it needs votes.
#
# The counts of votes are columns of the comparison, so they are current under its lock. A lease
# that another reviewer took since the statement began violates the unique slot.
_SERVABLE = """
    SELECT c.id, c.votes_needed
    FROM evaluation_comparison c
    WHERE c.run_id = %(run)s
      AND c.state = 'open'
      AND c.full_at IS NULL
      AND (NOT %(undecided_only)s OR c.intent_id IN (
          SELECT id FROM evaluation_runintent WHERE run_id = %(run)s AND decided_at IS NULL))
      AND CASE
          WHEN c.reading_language <> '' AND c.reading_language <> ALL (coalesce((
              SELECT l.languages
              FROM people_readinglanguages l
              JOIN evaluation_rater reader ON reader.user_id = l.user_id
              WHERE reader.id = %(rater)s AND l.project_id = %(project)s
                AND l.languages <> '{{}}'), ARRAY[c.reading_language]))
          THEN false
          WHEN (
              SELECT count(*) FILTER (WHERE a.state = 'leased' AND a.expires_at > now())
                     + {closing_votes} < c.votes_needed
                 AND count(*) FILTER (
                     WHERE a.rater_id = %(rater)s AND a.state IN ({excluded_states})) = 0
              FROM evaluation_lease a
              WHERE a.comparison_id = c.id)
          THEN (
              SELECT count(*) FILTER (WHERE v.rater_id = %(rater)s AND v.undone_at IS NULL) = 0
              FROM evaluation_vote v
              WHERE v.comparison_id = c.id)
          AND (
              SELECT count(*) FILTER (
                     WHERE w.state = 'done'
                       AND w.model_version_id IN (%(candidate)s, %(baseline)s)) = 2
              FROM evaluation_answer w
              WHERE w.comparison_id = c.id)
          ELSE false END
"""
# Starts from the skips of the reviewer: they are few, however large the run is.
_SKIPPED_BY_RATER = """
      AND c.id IN (
          SELECT a.comparison_id FROM evaluation_lease a
          WHERE a.rater_id = %(rater)s AND a.state = 'skipped')
"""
_SHARED = """
      AND c.votes_needed > 1
"""
# The expression of the index `comparison_servable`.
_SERVED_ORDER = "c.position + 0"
_LAST_SKIP = """(
        SELECT max(a.id) FROM evaluation_lease a
        WHERE a.comparison_id = c.id AND a.rater_id = %(rater)s AND a.state = 'skipped')"""

# One row for each lease of the reviewer, with the new one; a row without an id if a comparison was
# found but its slot was taken.
# Run and rater are locked first: while the run is being closed or the rater removed, a claim waits
# here, before it locks a comparison, and then returns nothing.
_CLAIM = """
WITH reviewer AS (
    SELECT rater.id
    FROM evaluation_evaluationrun run JOIN evaluation_rater rater ON rater.run_id = run.id
    WHERE rater.id = %(rater)s AND rater.removed_at IS NULL
      AND run.state = 'voting' AND NOT run.paused
    FOR KEY SHARE OF run, rater
), held AS (
    SELECT id, public_id, comparison_id, "left", expires_at
    FROM evaluation_lease
    WHERE rater_id = %(rater)s AND state = 'leased'
), picked AS (
    {servable}
      AND EXISTS (SELECT FROM reviewer)
      AND (SELECT count(*) FROM held) < %(count)s
    ORDER BY {order}
    LIMIT 1
    FOR NO KEY UPDATE OF c {locked}
), served AS (
    UPDATE evaluation_comparison c SET first_served_at = now()
    FROM picked p
    WHERE c.id = p.id AND c.first_served_at IS NULL
), leased AS (
    INSERT INTO evaluation_lease
        (public_id, run_id, comparison_id, rater_id, slot, "left", state, note,
         leased_at, expires_at)
    SELECT %(public_id)s, %(run)s, p.id, %(rater)s,
           (SELECT min(place) FROM generate_series(1, p.votes_needed) place
            WHERE NOT EXISTS (
                SELECT FROM evaluation_lease a
                WHERE a.comparison_id = p.id AND a.slot = place
                  AND (a.state = 'voted' OR (a.state = 'leased' AND a.expires_at > now())))),
           %(left)s, 'leased', '', now(), now() + %(lease_duration)s
    FROM picked p
    ON CONFLICT DO NOTHING
    RETURNING id, public_id, comparison_id, "left", expires_at
), held_or_new AS (
    SELECT *, false AS is_new FROM held
    UNION ALL SELECT *, true FROM leased
    UNION ALL SELECT NULL, NULL, p.id, NULL, NULL, true FROM picked p
        WHERE NOT EXISTS (SELECT FROM leased)
)
SELECT lease.public_id, lease."left", lease.is_new,
       lease.expires_at < now() + %(lease_duration)s / 2, c.position,
       c.prompt, c.policies, candidate.text, baseline.text
FROM held_or_new lease
JOIN evaluation_comparison c ON c.id = lease.comparison_id
JOIN evaluation_answer candidate
    ON candidate.comparison_id = c.id AND candidate.model_version_id = %(candidate)s
JOIN evaluation_answer baseline
    ON baseline.comparison_id = c.id AND baseline.model_version_id = %(baseline)s
ORDER BY c.position
"""


# A comparison is not served to a reviewer with a lease of it in one of these states.
_HELD = ("leased", "voted")
_HELD_OR_SKIPPED = (*_HELD, "skipped")


def _unseen_query(locked: str) -> str:
    return _claim(_servable(_SERVABLE, _HELD_OR_SKIPPED), _SERVED_ORDER, locked)


def _skipped_query(locked: str) -> str:
    return _claim(_servable(_SERVABLE + _SKIPPED_BY_RATER, _HELD), _LAST_SKIP, locked)


def _servable(statement: str, excluded_states: Sequence[str]) -> sql.Composed:
    return sql.SQL(statement).format(
        closing_votes=closing_votes_sql("c"),
        excluded_states=sql.SQL(", ").join(map(sql.Literal, excluded_states)),
    )


def _claim(servable: sql.Composed, order: str, locked: str) -> str:
    statement = sql.SQL(_CLAIM).format(
        servable=servable, order=sql.SQL(order), locked=sql.SQL(locked)
    )
    return statement.as_string()


@dataclass(frozen=True)
class ClaimQuery:
    """A query for the next comparison, and the same query that never waits for a lock."""

    statement: str
    skip_locked_statement: str


_SHARED_UNSEEN = _claim(
    _servable(_SERVABLE + _SHARED, _HELD_OR_SKIPPED), _SERVED_ORDER, "SKIP LOCKED"
)
_UNSEEN, _SKIPPED_BEFORE = _unseen_query("SKIP LOCKED"), _skipped_query("SKIP LOCKED")

SKIP_LOCKED = [ClaimQuery(_UNSEEN, _UNSEEN), ClaimQuery(_SKIPPED_BEFORE, _SKIPPED_BEFORE)]
SHARED = ClaimQuery(_SHARED_UNSEEN, _SHARED_UNSEEN)
WAIT_FOR_LOCKS = [
    ClaimQuery(_unseen_query(""), _UNSEEN),
    ClaimQuery(_skipped_query(""), _SKIPPED_BEFORE),
]
FREE = (
    sql.SQL("SELECT count(*) > 0 FROM ({servable} ORDER BY {order} LIMIT 1) AS next")
    .format(servable=_servable(_SERVABLE, _HELD), order=sql.SQL(_SERVED_ORDER))
    .as_string()
)
