"""Lock a lease with its comparison, the first step of every action on a vote.

The order of locks is the same everywhere: the run (shared; closing and pausing it lock it
exclusively), the rater (shared; only removing the rater locks it exclusively), the lease, its
comparison. The statement is raw SQL because it runs for each vote, and the ORM takes several times
as long to build it as PostgreSQL to run it (docs/benchmarks.md). It returns model instances with
the columns listed here; other columns are deferred.
"""

import uuid
from typing import Any, Final

from django.utils.translation import gettext
from psycopg import sql

from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.models.counts import ALL_COLUMNS, CLOSING_COLUMNS
from evaluation.voting.models import Lease
from reviewapp.core.db.prepared import Columns, fetch_one
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.people.models import User
from reviewapp.people.permissions import ROLE_PERMISSIONS, Permission

VOTING_ROLES: Final = [
    role for role, permissions in ROLE_PERMISSIONS.items() if Permission.VOTE in permissions
]

_LEASE: Final = Columns(
    Lease,
    (
        *("id", "public_id", "run_id", "comparison_id", "rater_id"),
        *("slot", "left", "state"),
    ),
)
_COMPARISON: Final = Columns(
    Comparison,
    (
        *("id", "run_id", "position", "intent_id", "revision_id", "votes_needed", "state"),
        *("first_served_at", "full_at", "closed_at"),
        *CLOSING_COLUMNS,
        *ALL_COLUMNS,
    ),
)
_RUN: Final = Columns(
    EvaluationRun,
    (
        *("id", "project_id", "candidate_id", "baseline_id", "state", "paused"),
        *("overall_decided_at", "shared_first", "gold_percent", "criteria_count"),
    ),
)


_LOCK: Final = (
    sql.SQL("""
SELECT {columns}
FROM evaluation_lease a
JOIN evaluation_comparison c ON c.id = a.comparison_id
JOIN evaluation_evaluationrun run ON run.id = a.run_id
JOIN evaluation_rater reviewer ON reviewer.id = a.rater_id
WHERE a.public_id = %(lease)s
  AND reviewer.user_id = %(user)s
  AND reviewer.removed_at IS NULL
  AND (%(is_admin)s OR EXISTS (
      SELECT FROM people_membership m
      WHERE m.project_id = run.project_id AND m.user_id = %(user)s AND m.role IN ({roles})))
FOR KEY SHARE OF run, reviewer
FOR NO KEY UPDATE OF a, c
""")
    .format(
        columns=sql.SQL(", ").join([_LEASE.of("a"), _COMPARISON.of("c"), _RUN.of("run")]),
        roles=sql.SQL(", ").join(sql.Literal(str(role)) for role in VOTING_ROLES),
    )
    .as_string()
)


class UnknownLease(PermissionDeniedError):
    """There is no such lease of the reviewer."""

    def __init__(self) -> None:
        super().__init__(gettext("This comparison was not given to you. Reload the page to go on."))


def lock_lease(*, actor: User, lease_id: uuid.UUID) -> Lease:
    """Lock a lease of the actor and its comparison. Requires a transaction.

    Raises:
        UnknownLease: the lease does not exist or is of another reviewer, or the roles of the actor
            in the project do not allow to vote any more.
    """
    parameters: dict[str, Any] = {
        "lease": lease_id,
        "user": actor.pk,
        "is_admin": actor.is_superuser,
    }
    row = fetch_one(_LOCK, parameters)
    if row is None:
        raise UnknownLease
    after_lease = len(_LEASE.names)
    after_comparison = after_lease + len(_COMPARISON.names)
    lease = _LEASE.instance(row[:after_lease])
    lease.comparison = _COMPARISON.instance(row[after_lease:after_comparison])
    lease.run = _RUN.instance(row[after_comparison:])
    return lease


def check_voting_open(run: EvaluationRun) -> None:
    """Check that votes, skips and reports of the run may change.

    Args:
        run: as `lock_lease` returned it; its lock keeps the run from closing meanwhile.

    Raises:
        InvalidTransition: the run is not open for votes.
    """
    if run.state != RunState.VOTING:
        raise InvalidTransition(gettext("Voting in this run has ended, so this was not stored."))
