"""The SQL by which a reviewer gets the next comparison in served order.

`SKIP_LOCKED` looks past rows that others have locked, `WAIT_FOR_LOCKS` waits for them, and `FREE`
only says whether there is one. The first two are lists of ways: what the reviewer skipped comes
again only when nothing else is left, so its way stands last.

Parameters: run, rater, candidate and baseline (ids), undecided_only, mine; to lease also count,
public_id, left (the side that was drawn) and lease (an interval).
"""

from dataclasses import dataclass

from psycopg import sql

from evaluation.runs.models.counts import closing_votes_sql

# What is asked of a comparison, each as one truth: so the planner walks the open comparisons in
# served order and stops at the first that fits. With joins, or with counts to compare, it expects
# few to fit and works through all of them first.
#
# What hangs on a comparison is read by its index and then filtered, because a reviewer has many
# votes and a comparison has few.
#
# CASE keeps the order of the questions: most comparisons before the next one are leased to others,
# and the planner would ask all three of each.
#
# The count of votes stands on the comparison itself and is therefore right under the lock. A lease
# that somebody took since the statement began is caught by the unique slot.
_SERVABLE = """
    SELECT c.id, c.votes_needed
    FROM evaluation_comparison c
    WHERE c.run_id = %(run)s
      AND c.state = 'open'
      AND (NOT %(undecided_only)s OR c.intent_id IN (
          SELECT id FROM evaluation_runintent WHERE run_id = %(run)s AND decided_at IS NULL))
      AND CASE
          WHEN (
              SELECT count(*) FILTER (WHERE a.state = 'leased' AND a.expires_at > now())
                     + {closing_votes} < c.votes_needed
                 AND count(*) FILTER (
                     WHERE a.rater_id = %(rater)s AND a.state = ANY (%(mine)s)) = 0
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
# What was skipped is found from the skips: there are few of them, however large the run.
_SKIPPED_BY_RATER = """
      AND c.id IN (
          SELECT a.comparison_id FROM evaluation_lease a
          WHERE a.rater_id = %(rater)s AND a.state = 'skipped')
"""
# As the index `comparison_servable` has it.
_SERVED_ORDER = "c.position + 0"
_LAST_SKIP = """(
        SELECT max(a.id) FROM evaluation_lease a
        WHERE a.comparison_id = c.id AND a.rater_id = %(rater)s AND a.state = 'skipped')"""

# One row for each lease of the reviewer, the new one included; a row without an id where a place
# was found and its slot was in the way.
# Run and rater are locked first: a claim waits here while the run is being closed or the rater
# removed, before it locks a comparison, and then gets nothing.
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
           %(left)s, 'leased', '', now(), now() + %(lease)s
    FROM picked p
    ON CONFLICT DO NOTHING
    RETURNING id, public_id, comparison_id, "left", expires_at
), mine AS (
    SELECT *, false AS is_new FROM held
    UNION ALL SELECT *, true FROM leased
    UNION ALL SELECT NULL, NULL, p.id, NULL, NULL, true FROM picked p
        WHERE NOT EXISTS (SELECT FROM leased)
)
SELECT mine.public_id, mine."left", mine.is_new, mine.expires_at < now() + %(lease)s / 2,
       c.prompt, c.policies, candidate.text, baseline.text
FROM mine
JOIN evaluation_comparison c ON c.id = mine.comparison_id
JOIN evaluation_answer candidate
    ON candidate.comparison_id = c.id AND candidate.model_version_id = %(candidate)s
JOIN evaluation_answer baseline
    ON baseline.comparison_id = c.id AND baseline.model_version_id = %(baseline)s
ORDER BY c.position
"""


def _unseen_query(locked: str) -> str:
    return _claim(_SERVABLE, _SERVED_ORDER, locked)


def _skipped_query(locked: str) -> str:
    return _claim(_SERVABLE + _SKIPPED_BY_RATER, _LAST_SKIP, locked)


def _servable(statement: str) -> sql.Composed:
    return sql.SQL(statement).format(closing_votes=closing_votes_sql("c"))


def _claim(servable: str, order: str, locked: str) -> str:
    statement = sql.SQL(_CLAIM).format(
        servable=_servable(servable), order=sql.SQL(order), locked=sql.SQL(locked)
    )
    return statement.as_string()


@dataclass(frozen=True)
class ClaimQuery:
    """One way to find a comparison, and the same without waiting for anybody.

    `mine` are the states of a lease that keep its comparison from coming again to the same
    reviewer: what they skipped comes only in the last way.
    """

    statement: str
    skip_locked_statement: str
    mine: tuple[str, ...]


_HELD, _SKIPPED = ("leased", "voted"), "skipped"
_UNSEEN, _SKIPPED_BEFORE = _unseen_query("SKIP LOCKED"), _skipped_query("SKIP LOCKED")

SKIP_LOCKED = [
    ClaimQuery(_UNSEEN, _UNSEEN, (*_HELD, _SKIPPED)),
    ClaimQuery(_SKIPPED_BEFORE, _SKIPPED_BEFORE, _HELD),
]
WAIT_FOR_LOCKS = [
    ClaimQuery(_unseen_query(""), _UNSEEN, (*_HELD, _SKIPPED)),
    ClaimQuery(_skipped_query(""), _SKIPPED_BEFORE, _HELD),
]
FREE = (
    sql.SQL("SELECT count(*) > 0 FROM ({servable} ORDER BY {order} LIMIT 1) AS next")
    .format(servable=_servable(_SERVABLE), order=sql.SQL(_SERVED_ORDER))
    .as_string()
)
EXCLUDED_STATES: tuple[str, ...] = _HELD
