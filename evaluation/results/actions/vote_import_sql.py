"""Importing votes by SQL over a staged copy of the file: memory does not grow with the votes.

Parameters of every statement: run, is_demo (votes of the demo belong to people of the run),
takes_all (every vote counts), has_criteria (of the run), source, now.
"""

from typing import Final

# Nobody votes on the examples meanwhile.
LOCK: Final = """
SELECT count(*) FROM (
    SELECT FROM evaluation_comparison WHERE run_id = %(run)s ORDER BY id FOR NO KEY UPDATE
) locked
"""
CLEAR: Final = "DROP TABLE IF EXISTS pg_temp.staged_votes, pg_temp.classified_votes"
STAGE: Final = """
CREATE TEMPORARY TABLE staged_votes (
    line bigint, external_id text, rater text, verdict text, "left" text, rationale text,
    at timestamptz, criteria jsonb, reasons jsonb, recognised boolean
) ON COMMIT DROP
"""
COPY: Final = "COPY staged_votes FROM STDIN"
ANALYZE: Final = "ANALYZE staged_votes"

# Each row with its example and rater and the vote that precedes it: the one
# that is stored, or else the first row of the file that is taken for the same example and rater.
CLASSIFY: Final = """
CREATE TEMPORARY TABLE classified_votes ON COMMIT DROP AS
WITH named AS (
    SELECT s.line, s.external_id, s.rater, s.verdict, s."left", s.criteria, c.id AS comparison_id,
           CASE WHEN %(has_criteria)s AND v.id IS NOT NULL THEN (
               SELECT coalesce(
                   jsonb_object_agg(coalesce(nullif(k.code, ''), k.name), a.verdict), '{}')
               FROM evaluation_criterionvote a
               JOIN evaluation_runcriterion k ON k.id = a.criterion_id
               WHERE a.vote_id = v.id
           ) ELSE '{}' END AS stored_criteria,
           v.verdict AS stored_verdict, v."left" AS stored_left, v.id IS NOT NULL AS is_stored,
           s.reasons <> '{}' AND s.reasons IS DISTINCT FROM v.reasons
               OR s.rationale <> '' AND s.rationale IS DISTINCT FROM v.rationale
               OR s.recognised AND NOT v.recognised AS has_other_reasons,
           CASE
               WHEN c.id IS NULL THEN 'id_unknown'
               WHEN c.state NOT IN ('open', 'closed') THEN 'example_set_aside'
               WHEN r.user_id IS NOT NULL AND NOT %(is_demo)s THEN 'rater_votes_here'
               WHEN r.removed_at IS NOT NULL THEN 'rater_removed'
           END AS refusal
    FROM staged_votes s
    LEFT JOIN evaluation_comparison c
        ON c.run_id = %(run)s AND c.external_id = s.external_id AND c.external_id <> ''
    LEFT JOIN evaluation_rater r ON r.run_id = %(run)s AND r.name = s.rater
    LEFT JOIN evaluation_vote v
        ON v.comparison_id = c.id AND v.rater_id = r.id AND v.undone_at IS NULL
), ordered AS (
    SELECT *, first_value(verdict) OVER same_vote AS first_verdict,
           first_value("left") OVER same_vote AS first_left,
           first_value(criteria) OVER same_vote AS first_criteria,
           row_number() OVER same_vote AS place
    FROM named
    WINDOW same_vote AS (PARTITION BY refusal IS NULL, comparison_id, rater ORDER BY line)
), resolved AS (
    SELECT line, external_id, rater, verdict, "left", criteria, comparison_id, refusal,
           is_stored AND has_other_reasons AS has_other_reasons, is_stored OR place > 1 AS is_known,
           CASE WHEN is_stored THEN stored_verdict ELSE first_verdict END AS known_verdict,
           CASE WHEN is_stored THEN stored_left ELSE first_left END AS known_left,
           CASE WHEN is_stored THEN stored_criteria ELSE first_criteria END AS known_criteria
    FROM ordered
)
SELECT line, external_id, rater, "left", comparison_id, known_verdict, known_left,
       has_other_reasons,
       CASE
           WHEN refusal IS NOT NULL THEN refusal
           WHEN NOT is_known THEN 'new'
           WHEN verdict <> known_verdict THEN 'verdict_differs'
           WHEN "left" <> known_left THEN 'left_differs'
           WHEN criteria <> known_criteria THEN 'criteria_differ'
           ELSE 'unchanged'
       END AS outcome
FROM resolved
"""
SELECT_REJECTED: Final = """
SELECT line, external_id, rater, known_verdict, known_left, outcome
FROM classified_votes
WHERE outcome NOT IN ('new', 'unchanged')
ORDER BY line
"""
COUNTED: Final = """
SELECT count(*) FILTER (WHERE outcome = 'new'), count(*) FILTER (WHERE outcome = 'unchanged'),
       count(*) FILTER (
           WHERE outcome = 'unchanged' AND "left" IS NOT NULL AND known_left IS NULL),
       count(*) FILTER (WHERE outcome = 'unchanged' AND has_other_reasons)
FROM classified_votes
"""
ADD_RATERS: Final = """
INSERT INTO evaluation_rater (run_id, name, removal_rule, removal_reason)
SELECT %(run)s, j.rater, '', ''
FROM classified_votes j
WHERE j.outcome = 'new'
  AND NOT EXISTS (SELECT FROM evaluation_rater r WHERE r.run_id = %(run)s AND r.name = j.rater)
GROUP BY j.rater
ORDER BY min(j.line)
"""
# In the order of the file. Which of them close their example is settled by `recount`.
ADD_VOTES: Final = """
INSERT INTO evaluation_vote
    (run_id, comparison_id, rater_id, "left", verdict, counted, source, reasons, rationale,
     recognised, at)
SELECT %(run)s, j.comparison_id, r.id, s."left", s.verdict,
       %(takes_all)s, %(source)s, s.reasons, s.rationale, s.recognised, coalesce(s.at, %(now)s)
FROM classified_votes j
JOIN staged_votes s ON s.line = j.line
JOIN evaluation_rater r ON r.run_id = %(run)s AND r.name = j.rater
WHERE j.outcome = 'new'
ORDER BY j.line
"""

# Of a criterion that a row does not name there is no answer.
ADD_CRITERION_VOTES: Final = """
INSERT INTO evaluation_criterionvote (vote_id, criterion_id, "left", verdict)
SELECT v.id, k.id, v."left", given.value
FROM classified_votes j
JOIN staged_votes s ON s.line = j.line
JOIN evaluation_rater r ON r.run_id = %(run)s AND r.name = j.rater
JOIN evaluation_vote v
    ON v.comparison_id = j.comparison_id AND v.rater_id = r.id AND v.undone_at IS NULL
CROSS JOIN LATERAL jsonb_each_text(s.criteria) given
JOIN evaluation_runcriterion k
    ON k.run_id = %(run)s AND coalesce(nullif(k.code, ''), k.name) = given.key
WHERE j.outcome = 'new'
ORDER BY j.line, k.position
"""
