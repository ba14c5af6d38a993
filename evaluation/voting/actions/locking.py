"""Locking a lease together with its comparison: how every action on a vote begins.

The order of locks is the same everywhere: the run (shared; closing and pausing it lock it
exclusively), the rater (shared; only removing the rater locks it exclusively), the lease, its
comparison. The statement is written out because it runs for each vote, and the ORM needs several
times as long to build it as PostgreSQL needs to run it (docs/benchmarks.md). What it returns are
ordinary model instances that know the columns named here; others are fetched if they are asked for.
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
        *("first_served_at", "closed_at"),
        *CLOSING_COLUMNS,
        *ALL_COLUMNS,
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
FROM evaluation_lease a
JOIN evaluation_comparison c ON c.id = a.comparison_id
JOIN evaluation_evaluationrun run ON run.id = a.run_id
JOIN evaluation_rater reviewer ON reviewer.id = a.rater_id
WHERE a.public_id = %(lease)s
  AND reviewer.user_id = %(user)s
  AND reviewer.removed_at IS NULL
  AND (%(is_admin)s OR EXISTS (
      SELECT FROM people_membership m
      WHERE m.project_id = run.project_id AND m.user_id = %(user)s AND m.role = ANY (%(roles)s)))
FOR KEY SHARE OF run, reviewer
FOR NO KEY UPDATE OF a, c
""")
    .format(columns=sql.SQL(", ").join([_LEASE.of("a"), _COMPARISON.of("c"), _RUN.of("run")]))
    .as_string()
)


def lock_lease(*, actor: User, lease_id: uuid.UUID) -> Lease:
    """Lock one of the actor's leases and its comparison; to be called in a transaction.

    Their role in the project must let them vote now; a reviewer alone is not enough.

    Raises:
        PermissionDeniedError: it is not theirs, or there is none.
    """
    parameters: dict[str, Any] = {
        "lease": lease_id,
        "user": actor.pk,
        "is_admin": actor.is_superuser,
        "roles": VOTING_ROLES,
    }
    row = fetch_one(_LOCK, parameters)
    if row is None:
        raise PermissionDeniedError(
            gettext("This comparison was not given to you. Reload the page to go on.")
        )
    after_lease = len(_LEASE.names)
    after_comparison = after_lease + len(_COMPARISON.names)
    lease = _LEASE.instance(row[:after_lease])
    lease.comparison = _COMPARISON.instance(row[after_lease:after_comparison])
    lease.run = _RUN.instance(row[after_comparison:])
    return lease


def check_voting_open(run: EvaluationRun) -> None:
    """Refuse a change of votes, skips or reports in a run that is not voting.

    Args:
        run: as `lock_lease` returned it; its lock keeps the run from closing meanwhile.

    Raises:
        InvalidTransition: the run is closed.
    """
    if run.state != RunState.VOTING:
        raise InvalidTransition(gettext("Voting in this run has ended, so this was not stored."))
