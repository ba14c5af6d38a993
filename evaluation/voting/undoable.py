"""Until when a vote on a full comparison can be undone: the one rule, in SQL.

A vote can be undone while its reviewer is on the next comparison: they hold one and have not voted
on, skipped or reported another since. It ends with the duration of a lease after the vote at the
latest, so that nobody keeps an example open. A reviewer who holds none, as after the last
comparison, has `undo_time`. No part of the rule reads a figure (docs/statistics.md, "Time to
undo").

In the SQL `w` is the vote, with the columns run_id, rater_id and at.
"""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone
from psycopg import sql

from evaluation.voting.limits import lease_duration, undo_time
from evaluation.voting.models import GoldLease, Vote
from reviewapp.core.db.prepared import fetch_all

HOLDS_NEXT: Final = """(
    EXISTS (
        SELECT FROM evaluation_lease held
        WHERE held.rater_id = w.rater_id AND held.state = 'leased')
    OR EXISTS (
        SELECT FROM evaluation_goldlease held
        WHERE held.rater_id = w.rater_id AND held.state = 'leased' AND NOT held.is_training))
"""
"""Whether the rater holds a comparison."""

HAS_GONE_ON: Final = """(
    EXISTS (
        SELECT FROM evaluation_vote later
        WHERE later.run_id = w.run_id AND later.rater_id = w.rater_id
          AND later.undone_at IS NULL AND later.at > w.at)
    OR EXISTS (
        SELECT FROM evaluation_lease later
        WHERE later.run_id = w.run_id AND later.rater_id = w.rater_id
          AND later.state = 'skipped' AND later.ended_at > w.at)
    OR EXISTS (
        SELECT FROM evaluation_lease later
        WHERE later.rater_id = w.rater_id
          AND later.state = 'broken' AND later.ended_at > w.at)
    OR EXISTS (
        SELECT FROM evaluation_goldlease later
        WHERE later.rater_id = w.rater_id
          AND later.state IN ('voted', 'skipped', 'broken') AND later.ended_at > w.at))
"""
"""Whether the rater has voted on, skipped or reported another comparison since."""

_OF_ONE: Final = (
    sql.SQL("""
SELECT {holds_next}, {has_gone_on}
FROM (SELECT %(run)s::bigint AS run_id, %(rater)s::bigint AS rater_id,
             %(voted_at)s::timestamptz AS at) w
""")
    .format(holds_next=sql.SQL(HOLDS_NEXT), has_gone_on=sql.SQL(HAS_GONE_ON))
    .as_string()
)


def undo_seconds_left(choice: Vote | GoldLease) -> float:
    """Return for how many seconds the rater may still undo a choice; 0 if not at all.

    It says nothing about the comparison, which may have been set aside meanwhile.
    """
    at = choice.at if isinstance(choice, Vote) else choice.ended_at
    if at is None or not undo_time():
        return 0
    parameters: dict[str, Any] = {
        "run": choice.run_id,
        "rater": choice.rater_id,
        "voted_at": at,
    }
    ((holds_next, has_gone_on),) = fetch_all(_OF_ONE, parameters)
    if has_gone_on:
        return 0
    allowed = max_undo_time() if holds_next else undo_time()
    return max(0.0, (at + allowed - timezone.now()).total_seconds())


def max_undo_time() -> timedelta:
    """Return for how long a vote can be undone by a rater who stays on the next comparison."""
    return max(undo_time(), lease_duration()) if undo_time() else undo_time()
