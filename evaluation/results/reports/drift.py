"""The first half of the counted examples against the second, by intent."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from evaluation.results.reports.sums import RowSums, ScoreOrder
from evaluation.results.reports.walk import Walk
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.models.counts import CLOSING_COLUMNS
from evaluation.stats.homogeneity import Halves, compare_halves
from evaluation.stats.labels import holm
from evaluation.stats.tally import VerdictCounts


def drifting_intents(run: EvaluationRun, walk: Walk, *, alpha: float) -> dict[str, Halves]:
    """Return the intents whose halves differ after Holm's correction, with their win rates.

    Each intent has halves of its own: the first and the second half of its counted examples.

    Args:
        run: with a served order.
        walk: of the run.
        alpha: chance of naming even one wrongly, for one look.
    """
    found = {}
    for pk, order in _orders(run, walk.intents).items():
        if halves := compare_halves(*order.halves()):
            found[walk.names[pk]] = halves
    named = holm({intent: halves.p for intent, halves in found.items()}, alpha=alpha)
    return {intent: found[intent] for intent in sorted(named)}


def _orders(run: EvaluationRun, rows: Mapping[int, RowSums]) -> dict[int, ScoreOrder]:
    """Return the scores of each intent in served order; read where they are not stored whole."""
    missing = {pk for pk, row in rows.items() if len(row.order) != row.scan.n}
    read = _read_orders(run, rows, missing) if missing else {}
    return {pk: read.get(pk, row.order) for pk, row in rows.items()}


def _read_orders(
    run: EvaluationRun, rows: Mapping[int, RowSums], intents: Collection[int]
) -> dict[int, ScoreOrder]:
    found = {pk: ScoreOrder() for pk in intents}
    closed = run.comparisons.filter(state=Comparison.State.CLOSED, intent__in=intents)
    columns = ("intent_id", "position", *CLOSING_COLUMNS)
    for pk, position, *votes in closed.order_by("position").values_list(*columns):
        if position <= rows[pk].through:
            found[pk].add([VerdictCounts(*votes).score])
    return found
