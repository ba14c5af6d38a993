"""The rows of a run's criteria: figures, gate and intents of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaluation.gates import GateSettings
from evaluation.results.reports.rows import Row, Slice, counted_row, slices
from evaluation.results.reports.walk import Walk


@dataclass(frozen=True)
class CriterionRow:
    """A criterion of a run with its counted examples.

    Attributes:
        row: its figures; named by the criterion's key.
        intents: the same examples by intent, those with most first.
        missing: counted examples of the run that nobody answered it on, by intent.
    """

    row: Row
    intents: tuple[Slice, ...]
    missing_by_intent: Mapping[str, int]

    @property
    def key(self) -> str:
        """A standard code, or the lead's name."""
        return self.row.name

    @property
    def missing(self) -> int:
        """Counted examples of the run that nobody answered it on."""
        return sum(self.missing_by_intent.values())


def criterion_rows(walk: Walk, settings: GateSettings, *, left: int) -> tuple[CriterionRow, ...]:
    """Return a row for each criterion, in the order in which they are asked.

    Args:
        walk: of the run.
        settings: the run's.
        left: examples of the set that the main queue has not counted yet.
    """
    rows = []
    for pk, sums in walk.criteria.items():
        key = walk.criterion_keys[pk]
        counted = counted_row(key, sums.row, left, has_order=walk.has_order)
        threshold = settings.criterion_thresholds.get(key)
        groups = {walk.names[intent]: found for intent, found in sums.intents.items()}
        rows.append(
            CriterionRow(
                Row(None, counted, threshold, settings.alpha),
                tuple(slices(groups, alpha=settings.alpha)),
                {walk.names[intent]: n for intent, n in sums.missing.items()},
            )
        )
    return tuple(rows)
