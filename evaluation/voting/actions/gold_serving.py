"""Mix gold checks into the comparisons that a reviewer of a run is served.

A gold check takes the place of a lease that would be granted now, with the run's probability, and
is shown after the comparison leased before it. It is no row of the run's comparisons, so served
order, slots and counts do not change. A run without gold checks pays nothing.
"""

import uuid
from collections.abc import Sequence
from random import SystemRandom
from typing import Any, Final

from django.utils import timezone
from psycopg import sql

from evaluation.runs.gold import texts_of
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions.claims import (
    Claimed,
    ServedComparison,
    claim_up_to,
    is_any_free,
    is_serving,
)
from evaluation.voting.gold_progress import DRAWABLE
from evaluation.voting.models import GoldLease, Lease
from reviewapp.core.db.prepared import fetch_all

_RANDOM = SystemRandom()
_HUNDRED = 100
FIRST, SECOND = "first", "second"

# Run and rater are locked as by a claim, so none is given out after the run was closed.
_DRAW: Final = (
    sql.SQL("""
WITH reviewer AS (
    SELECT rater.id, rater.user_id, run.project_id
    FROM evaluation_evaluationrun run JOIN evaluation_rater rater ON rater.run_id = run.id
    WHERE rater.id = %(rater)s AND rater.removed_at IS NULL
      AND run.state = 'voting' AND NOT run.paused
    FOR KEY SHARE OF run, rater
)
INSERT INTO evaluation_goldlease
    (public_id, run_id, rater_id, gold_check_id, is_training, "left", after_position, state,
     choice, reasons, rationale, recognised, note)
SELECT %(public_id)s, %(run)s, reviewer.id, g.id, false, %(left)s,
       coalesce((SELECT c.position FROM evaluation_lease a
                 JOIN evaluation_comparison c ON c.id = a.comparison_id
                 WHERE a.rater_id = reviewer.id ORDER BY a.id DESC LIMIT 1), 0),
       'leased', '', '{{}}', '', false, ''
{drawable}
ORDER BY random()
LIMIT 1
ON CONFLICT DO NOTHING
RETURNING id
""")
    .format(drawable=sql.SQL(DRAWABLE))
    .as_string()
)


def lease_up_to(*, run: EvaluationRun, rater_id: int, count: int) -> list[ServedComparison]:
    """Lease comparisons until the rater holds `count`, gold checks among them.

    Requires a transaction that is planned by indexes (`plan_by_indexes`). It never waits for the
    lock of a comparison, so the caller may hold one.
    """
    if not run.gold_percent:
        return [row.served for row in claim_up_to(run=run, rater_id=rater_id, count=count)]
    if not is_serving(run):
        return []
    held = _held(rater_id)
    ordinary = Lease.objects.filter(rater=rater_id, state=Lease.State.LEASED).count()
    if len(held) + ordinary < count and _draw(run, rater_id):
        held = _held(rater_id)
    wanted = max(ordinary, count - len(held))
    claimed = claim_up_to(run=run, rater_id=rater_id, count=wanted)
    if len(held) + len(claimed) < count and _lease_skipped(rater_id):
        held = _held(rater_id)
    return _in_order(claimed, held)[:count]


def _in_order(claimed: Sequence[Claimed], held: Sequence[GoldLease]) -> list[ServedComparison]:
    """Return both as a reviewer sees them: a gold check after the comparison leased before it."""
    places = [((row.position, 0, 0), row.served) for row in claimed]
    places += [((lease.after_position, 1, lease.pk), served_gold(lease)) for lease in held]
    return [served for _place, served in sorted(places, key=lambda placed: placed[0])]


def served_gold(lease: GoldLease) -> ServedComparison:
    """Return a gold check as it is served, like any other comparison."""
    texts = texts_of(lease.gold_check)
    sides = [texts.first, texts.second]
    left, right = sides if lease.left == FIRST else sides[::-1]
    return ServedComparison(lease.public_id, texts.prompt, texts.policies, left, right)


def draw_first_or_second() -> str:
    """Return which of the two texts of a gold check is on the left, each with probability 1/2."""
    return _RANDOM.choice((FIRST, SECOND))


def _held(rater_id: int) -> list[GoldLease]:
    held = GoldLease.objects.filter(rater=rater_id, state=GoldLease.State.LEASED, is_training=False)
    related = held.select_related("gold_check__source__run")
    return list(related.order_by("after_position", "pk"))


def _draw(run: EvaluationRun, rater_id: int) -> bool:
    """Lease a gold check with the run's probability; return whether there is a new one.

    None when nothing else is free for the rater: a gold check alone would be recognised.
    """
    if _RANDOM.randrange(_HUNDRED) >= run.gold_percent:
        return False
    if not is_any_free(run=run, rater_id=rater_id):
        return False
    parameters: dict[str, Any] = {
        "run": run.pk,
        "rater": rater_id,
        "public_id": uuid.uuid4(),
        "left": draw_first_or_second(),
    }
    return bool(fetch_all(_DRAW, parameters))


def _lease_skipped(rater_id: int) -> bool:
    """Lease the first skipped gold check of the rater again; return whether there was one.

    As with comparisons, only when nothing else is left.
    """
    skipped = GoldLease.objects.filter(
        rater=rater_id,
        state=GoldLease.State.SKIPPED,
        is_training=False,
        gold_check__retired_at__isnull=True,
    ).exclude(gold_check__leases__in=_live(rater_id))
    first = skipped.order_by("pk").first()
    if first is None:
        return False
    renew_lease(first)
    GoldLease.objects.filter(pk=first.pk).update(state=GoldLease.State.UNDONE)
    return True


def _live(rater_id: int) -> Any:
    states = [GoldLease.State.LEASED, GoldLease.State.VOTED]
    return GoldLease.objects.filter(rater=rater_id, state__in=states).values("pk")


def renew_lease(lease: GoldLease) -> GoldLease:
    """Lease the gold check of an ended lease to the same rater, with the same sides."""
    return GoldLease.objects.create(
        run_id=lease.run_id,
        rater_id=lease.rater_id,
        gold_check_id=lease.gold_check_id,
        is_training=lease.is_training,
        left=lease.left,
        after_position=lease.after_position,
    )


def release_gold(*, run_id: int, user_id: int) -> None:
    """End the gold checks that a reviewer holds and has not voted on; they may come again."""
    held = GoldLease.objects.filter(run=run_id, rater__user=user_id, is_training=False)
    held.filter(state=GoldLease.State.LEASED).update(
        state=GoldLease.State.EXPIRED, ended_at=timezone.now()
    )
