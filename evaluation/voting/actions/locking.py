"""Locking an assignment together with its comparison: how every action on a vote begins.

The order of locks is the same everywhere: the run (shared; closing and pausing it lock it
exclusively), the rater (shared; only removing the rater locks it exclusively), the assignment, its
comparison. The statement is written out because it runs for each vote, and the ORM needs several
times as long to build it as PostgreSQL needs to run it (docs/benchmarks.md). What it returns are
ordinary model instances that know the columns named here; others are fetched if they are asked for.
"""

import uuid
from typing import Any, Final

from psycopg import sql

from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.stats.verdicts import Verdict
from evaluation.voting.models import Assignment
from reviewapp.core.db.prepared import Columns, fetch_one
from reviewapp.core.errors import NotAllowed, TransitionRefused
from reviewapp.people.models import User
from reviewapp.people.permissions import ROLE_POWERS, Power

VOTING_ROLES: Final = [role for role, powers in ROLE_POWERS.items() if Power.VOTE in powers]

_ASSIGNMENT: Final = Columns(
    Assignment,
    (
        *("id", "public_id", "run_id", "comparison_id", "rater_id"),
        *("slot", "left", "state"),
    ),
)
_COMPARISON: Final = Columns(
    Comparison,
    (
        *("id", "run_id", "position", "intent_id", "revision_id", "votes_needed", "state"),
        *("first_served_at", "closed_at"),
        *(f"{which}_{verdict}" for which in ("closing", "all") for verdict in Verdict),
    ),
)
_RUN: Final = Columns(
    EvaluationRun,
    (
        *("id", "project_id", "candidate_id", "baseline_id", "state", "paused"),
        "overall_decided_at",
    ),
)


_LOCK: Final = (
    sql.SQL("""
SELECT {columns}
FROM evaluation_assignment a
JOIN evaluation_comparison c ON c.id = a.comparison_id
JOIN evaluation_evaluationrun run ON run.id = a.run_id
JOIN evaluation_rater seat ON seat.id = a.rater_id
WHERE a.public_id = %(assignment)s
  AND seat.user_id = %(user)s
  AND seat.removed_at IS NULL
  AND (%(is_admin)s OR EXISTS (
      SELECT FROM people_membership m
      WHERE m.project_id = run.project_id AND m.user_id = %(user)s AND m.role = ANY (%(roles)s)))
FOR KEY SHARE OF run, seat
FOR NO KEY UPDATE OF a, c
""")
    .format(columns=sql.SQL(", ").join([_ASSIGNMENT.of("a"), _COMPARISON.of("c"), _RUN.of("run")]))
    .as_string()
)


def locked_assignment(*, actor: User, assignment_id: uuid.UUID) -> Assignment:
    """Lock one of the actor's assignments and its comparison; to be called in a transaction.

    Their role in the project must let them vote now; a seat alone is not enough.

    Raises:
        NotAllowed: it is not theirs, or there is none.
    """
    parameters: dict[str, Any] = {
        "assignment": assignment_id,
        "user": actor.pk,
        "is_admin": actor.is_superuser,
        "roles": VOTING_ROLES,
    }
    row = fetch_one(_LOCK, parameters)
    if row is None:
        raise NotAllowed("This comparison was not given to you. Reload the page to go on.")
    after_assignment = len(_ASSIGNMENT.names)
    after_comparison = after_assignment + len(_COMPARISON.names)
    assignment = _ASSIGNMENT.instance(row[:after_assignment])
    assignment.comparison = _COMPARISON.instance(row[after_assignment:after_comparison])
    assignment.run = _RUN.instance(row[after_comparison:])
    return assignment


def refuse_unless_voting(run: EvaluationRun) -> None:
    """Refuse a change of votes, skips or reports in a run that is not voting.

    Args:
        run: as `locked_assignment` returned it; its lock keeps the run from closing meanwhile.

    Raises:
        TransitionRefused: the run is closed.
    """
    if run.state != EvaluationRun.State.VOTING:
        raise TransitionRefused("Voting in this run has ended, so this was not stored.")
