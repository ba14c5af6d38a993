"""The SQL by which a reviewer gets the next comparison in served order.

`IN_PASSING` looks past rows that others have locked, `WAITING` waits for them, and `FREE` only says
whether there is one. The first two are lists: what the reviewer skipped comes again only when
nothing else is left, so its statement stands last.

Parameters: run, rater, candidate and baseline (ids), undecided_only; to lease also count,
public_id, left (the side that was drawn) and lease (an interval).
"""

from psycopg import sql

# The count of votes stands on the comparison itself and is therefore right under the lock. A lease
# that somebody took since the statement began is caught by the unique slot.
_SERVABLE = """
    SELECT c.id, c.votes_needed
    FROM evaluation_comparison c
    JOIN evaluation_runintent i ON i.id = c.intent_id
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE a.state = 'leased' AND a.expires_at > now()) AS live,
               count(*) FILTER (
                   WHERE a.rater_id = %(rater)s AND a.state IN ('leased', 'voted')) AS mine,
               max(a.id) FILTER (
                   WHERE a.rater_id = %(rater)s AND a.state = 'skipped') AS my_last_skip
        FROM evaluation_assignment a
        WHERE a.comparison_id = c.id
    ) hands
    WHERE c.run_id = %(run)s
      AND c.state = 'open'
      AND (i.decided_at IS NULL OR NOT %(undecided_only)s)
      AND hands.mine = 0
      AND hands.live + c.closing_candidate + c.closing_baseline + c.closing_tie_good
          + c.closing_tie_bad < c.votes_needed
      AND NOT EXISTS (
          SELECT FROM evaluation_vote v
          WHERE v.comparison_id = c.id AND v.rater_id = %(rater)s AND v.undone_at IS NULL)
      AND 2 = (
          SELECT count(*) FROM evaluation_answer w
          WHERE w.comparison_id = c.id AND w.status = 'done'
            AND w.model_version_id IN (%(candidate)s, %(baseline)s))
"""

# One row for each lease of the reviewer, the new one included; a row without an id where a place
# was found and its slot was in the way.
_CLAIM = """
WITH held AS (
    SELECT id, public_id, comparison_id, "left", expires_at
    FROM evaluation_assignment
    WHERE rater_id = %(rater)s AND state = 'leased'
), picked AS (
    {servable}
      AND {skipped}
      AND (SELECT count(*) FROM held) < %(count)s
    ORDER BY {order}
    LIMIT 1
    FOR NO KEY UPDATE OF c {locked}
), served AS (
    UPDATE evaluation_comparison c SET first_served_at = now()
    FROM picked p
    WHERE c.id = p.id AND c.first_served_at IS NULL
), leased AS (
    INSERT INTO evaluation_assignment
        (public_id, run_id, comparison_id, rater_id, slot, "left", state, note,
         leased_at, expires_at)
    SELECT %(public_id)s, %(run)s, p.id, %(rater)s,
           (SELECT min(place) FROM generate_series(1, p.votes_needed) place
            WHERE NOT EXISTS (
                SELECT FROM evaluation_assignment a
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


def _claims(locked: str) -> list[sql.Composed]:
    claim, servable = sql.SQL(_CLAIM), sql.SQL(_SERVABLE)
    fresh = {"skipped": "hands.my_last_skip IS NULL", "order": "c.position"}
    again = {"skipped": "hands.my_last_skip IS NOT NULL", "order": "hands.my_last_skip"}
    return [
        claim.format(
            servable=servable,
            skipped=sql.SQL(words["skipped"]),
            order=sql.SQL(words["order"]),
            locked=sql.SQL(locked),
        )
        for words in (fresh, again)
    ]


IN_PASSING = _claims("SKIP LOCKED")
WAITING = _claims("")
FREE = sql.SQL("SELECT EXISTS ({servable})").format(servable=sql.SQL(_SERVABLE))
