"""Store a vote, the end of its lease and the counts of its comparison by one statement.

It also closes the comparison of the rater's vote before: that one can no longer be undone.
Raw SQL because three ORM writes make a vote take 39 % more processor time (docs/benchmarks.md). It
has no rules: the action calculates the values, and the constraints of the tables check them.
"""

from typing import Any, Final

from psycopg import sql
from psycopg.types.json import Jsonb

from evaluation.runs.models.counts import count_columns
from evaluation.stats.verdicts import Verdict
from evaluation.voting.actions.settling import CLOSE_PREVIOUS, settling_times
from evaluation.voting.models import Vote
from reviewapp.core.db.prepared import fetch_all

_STORE = """
WITH ended AS (
    UPDATE evaluation_lease
    SET state = %(lease_state)s, slot = %(slot)s, ended_at = %(at)s
    WHERE id = %(lease)s
), counted AS (
    UPDATE evaluation_comparison
    SET {closing} = %(closing)s, {all} = %(all)s, state = %(state)s, full_at = %(full_at)s,
        closed_at = %(closed_at)s
    WHERE id = %(comparison)s
), previous AS (
    {close_previous}
)
INSERT INTO evaluation_vote
    (run_id, comparison_id, rater_id, lease_id, choice, "left", verdict, counted, source,
     reasons, rationale, recognised, at)
VALUES
    (%(run)s, %(comparison)s, %(rater)s, %(lease)s, %(choice)s, %(left)s, %(verdict)s,
     %(counted)s, %(source)s, %(reasons)s, %(rationale)s, %(recognised)s, %(at)s)
RETURNING id
"""
_BY_VERDICT: Final = {
    verdict: sql.SQL(_STORE)
    .format(closing=closing, all=all_votes, close_previous=sql.SQL(CLOSE_PREVIOUS))
    .as_string()
    for verdict in Verdict
    for closing, all_votes in [map(sql.Identifier, count_columns(verdict))]
}


def store_vote(vote: Vote) -> None:
    """Insert the vote and set its id; update its lease and its comparison from their instances.

    Call it in the transaction that locked them.
    """
    lease, comparison = vote.lease, vote.comparison
    if lease is None:
        raise ValueError("Only a vote on a lease is stored here.")
    closing, all_votes = count_columns(vote.verdict)
    parameters: dict[str, Any] = {
        "run": vote.run_id,
        "comparison": vote.comparison_id,
        "rater": vote.rater_id,
        "lease": lease.pk,
        "lease_state": str(lease.state),
        "slot": lease.slot,
        "choice": vote.choice,
        "left": vote.left,
        "verdict": str(vote.verdict),
        "counted": vote.counted,
        "source": str(vote.source),
        "reasons": Jsonb(vote.reasons),
        "rationale": vote.rationale,
        "recognised": vote.recognised,
        "at": vote.at,
        "closing": getattr(comparison, closing),
        "all": getattr(comparison, all_votes),
        "state": str(comparison.state),
        "full_at": comparison.full_at,
        "closed_at": comparison.closed_at,
        **settling_times(),
    }
    ((vote.pk,),) = fetch_all(_BY_VERDICT[Verdict(vote.verdict)], parameters)
