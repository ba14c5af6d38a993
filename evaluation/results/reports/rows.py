"""One row of a run's win rates: the whole run, an intent, or a slice of the counted examples."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from evaluation.gates import Counted, Crossing, GateSettings
from evaluation.results.reports.sums import Groups, RowSums
from evaluation.results.reports.votes import ExcludedCounts
from evaluation.results.reports.walk import Walk
from evaluation.stats.figures import Figures, figures
from evaluation.stats.forecast import DECIDED, Forecast, forecast
from evaluation.stats.intervals import Interval, interval, standard_error, wilson
from evaluation.stats.labels import Label, labels, shrunk_values
from evaluation.stats.tally import Tally
from evaluation.stats.verdicts import Verdict

MIN_EXAMPLES = 30
"""Examples below which a row says that it needs more."""


@dataclass(frozen=True)
class Row:
    """The counted examples of the whole run (no name) or of one intent, with what follows.

    Attributes:
        intent_id: None for the whole run.
        counted: what the gates read.
        threshold: win rate to pass; None for an intent that is only watched.
        alpha: chance that the interval ever misses.
        label: of an intent among all of them.
        shrunk: to sort by, never to show.
    """

    intent_id: int | None
    counted: Counted
    threshold: float | None
    alpha: float
    label: Label | None = None
    shrunk: float | None = None

    @property
    def name(self) -> str:
        """Name of the intent; empty for the whole run."""
        return self.counted.subject

    @property
    def tally(self) -> Tally:
        """The counted examples."""
        return self.counted.tally

    @property
    def gated(self) -> bool:
        """Whether it must pass, or is only watched."""
        return self.threshold is not None

    @cached_property
    def figures(self) -> Figures:
        """Win rate, interval and counts."""
        return self.counted.figures(self.alpha)

    @cached_property
    def forecast(self) -> Forecast | None:
        """Examples that decide; None for an intent that is only watched."""
        if self.threshold is None:
            return None
        if self.counted.crossing is not None:
            return DECIDED
        scores, prior = self.tally.score_counts, self.counted.prior
        found = forecast(scores, self.threshold, alpha=self.alpha, prior=prior)
        return found.within(self.counted.left)

    @cached_property
    def wilson(self) -> Interval:
        """Wilson's interval, "if looked at once"."""
        return wilson(float(self.tally.score_sum), self.tally.n, alpha=self.alpha)

    @cached_property
    def standard_error(self) -> float | None:
        """Standard error clustered by example, "if looked at once"."""
        return standard_error(self.tally.score_counts)

    @cached_property
    def both_bad(self) -> Interval:
        """Interval of the share of votes that found both answers bad."""
        return interval(self.tally.share_counts(Verdict.TIE_BAD), alpha=self.alpha)


@dataclass(frozen=True)
class Slice:
    """The counted examples of the main queue in one language or with one tag."""

    name: str
    tally: Tally
    figures: Figures


def slices(groups: Mapping[str, Groups], *, alpha: float) -> list[Slice]:
    """Return the slices with most examples first."""
    found = []
    for name, counts in groups.items():
        tally = Tally.of(counts.items())
        found.append(Slice(name, tally, figures(tally, alpha=alpha)))
    return sorted(found, key=lambda piece: (-piece.tally.n, piece.name))


def overall_row(walk: Walk, over: Mapping[int, ExcludedCounts], settings: GateSettings) -> Row:
    """Return the row of the main queue."""
    size = sum(walk.sizes.values()) - sum(sums.total for sums in over.values())
    return Row(
        None,
        _counted("", walk.main, size, has_order=walk.has_order),
        settings.t_overall,
        settings.alpha,
    )


def intent_rows(
    walk: Walk, over: Mapping[int, ExcludedCounts], settings: GateSettings
) -> tuple[Row, ...]:
    """Return a row for each intent, best first by the shrunk value."""
    names = walk.names
    named = labels({names[pk]: row.scan for pk, row in walk.intents.items()}, alpha=settings.alpha)
    shrunk = shrunk_values({names[pk]: row.tally for pk, row in walk.intents.items()})
    rows = [
        Row(
            intent_id=pk,
            counted=_counted(
                name,
                walk.intents[pk],
                _size_of(pk, walk, over),
                broken=over.get(pk, ExcludedCounts()).set_aside,
                has_order=walk.has_order,
            ),
            threshold=settings.threshold_of(name),
            alpha=settings.alpha,
            label=named[name],
            shrunk=shrunk[name],
        )
        for pk, name in names.items()
    ]
    return best_first(rows)


def _size_of(intent_id: int, walk: Walk, over: Mapping[int, ExcludedCounts]) -> int:
    return walk.sizes.get(intent_id, 0) - over.get(intent_id, ExcludedCounts()).total


def _counted(subject: str, row: RowSums, size: int, *, has_order: bool, broken: int = 0) -> Counted:
    left = max(0, size - row.tally.n)
    return counted_row(subject, row, left, has_order=has_order, broken=broken)


def counted_row(
    subject: str, row: RowSums, left: int, *, has_order: bool, broken: int = 0
) -> Counted:
    """Return the counted examples of a row as the gates read them."""
    tally = row.tally
    at = row.scan.crossed_at
    return Counted(
        subject=subject,
        tally=tally,
        left=left,
        crossing=None if at is None else Crossing(at, row.crossed_at),
        prior=row.scan.prior,
        highest_log_evidence=row.scan.highest_log_evidence,
        alarmed_at=row.scan.alarmed_at,
        broken=broken,
        has_order=has_order,
    )


def best_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows by the shrunk value from high to low, intents without any last.

    Without variance between intents all shrunk values are equal but for rounding, so the win rate
    decides then.
    """

    def sort_key(row: Row) -> tuple[float, float, str]:
        if not row.tally.n or row.shrunk is None:
            return (1.0, 0.0, row.name)
        return (-round(row.shrunk, 9), -float(row.tally.estimate or 0), row.name)

    return tuple(sorted(rows, key=sort_key))
