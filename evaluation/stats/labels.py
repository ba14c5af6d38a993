"""Which intents got better or worse, and in which order to list them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, lies_above, mirrored
from evaluation.stats.verdicts import Contender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from evaluation.stats.sequence import Scan
    from evaluation.stats.tally import Tally


_EVEN = 0.5


class Label(StrEnum):
    """What holds of one intent when many are tested together."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"


def holm(p_values: Mapping[str, float], *, alpha: float = ALPHA) -> set[str]:
    """Return the names whose p is small enough when all of them are tested together.

    Args:
        p_values: name to p, each from 0 to 1.
        alpha: chance of naming even one wrongly, strictly between 0 and 1.
    Returns:
        The rejected names; possibly none.
    Source: S. Holm (1979), Scand. J. Stat. 6, 65-70.
    """
    rejected: set[str] = set()
    ordered = sorted(p_values.items(), key=lambda item: (item[1], item[0]))
    for rank, (name, p) in enumerate(ordered):
        if p > alpha / (len(ordered) - rank):
            break
        rejected.add(name)
    return rejected


def labels(scans: Mapping[str, Scan], *, alpha: float = ALPHA) -> dict[str, Label]:
    """Return a label for every intent: better, worse or undecided.

    The direction is the one the evidence had when it was highest, and the present interval has to
    lie on that side of 1/2: an intent that has come back since is undecided.

    Args:
        scans: name of the intent to its walk; intents without examples belong in it too, since
            they are part of the family that is looked at.
        alpha: chance of even one wrong label, at every look; strictly between 0 and 1.
    """
    named = holm({name: scan.p for name, scan in scans.items()}, alpha=alpha)
    return {
        name: _direction(scan, alpha) if name in named else Label.UNDECIDED
        for name, scan in scans.items()
    }


def _direction(scan: Scan, alpha: float) -> Label:
    is_better = scan.favours is Contender.CANDIDATE
    seen = scan.scores if is_better else mirrored(scan.scores)
    if not lies_above(seen, _EVEN, alpha=alpha, prior=scan.prior):
        return Label.UNDECIDED
    return Label.BETTER if is_better else Label.WORSE


@dataclass(frozen=True, slots=True)
class _Row:
    mean: float
    variance: float


def shrunk_values(tallies: Mapping[str, Tally]) -> dict[str, float | None]:
    """Return win rates shrunk towards their common mean: for sorting, not to be shown as results.

    Uses the within-intent variance pooled over all intents, so that an intent of three wins is
    not listed above one of ninety wins in a hundred.

    Args:
        tallies: name of the intent to its counted examples.
    Returns:
        Name to a number from 0 to 1; None for intents without examples when no intent has any.
    Source: R. DerSimonian and N. Laird (1986), Control. Clin. Trials 7, 177-188.
    """
    counted = {name: tally for name, tally in tallies.items() if tally.n}
    if not counted:
        return dict.fromkeys(tallies)
    rows = _rows(counted)
    between, centre = _between_variance(rows)
    values: dict[str, float | None] = {}
    for name in tallies:
        row = rows.get(name)
        if row is None:
            values[name] = centre
        else:
            values[name] = _pull(row, between, centre)
    return values


def _rows(counted: Mapping[str, Tally]) -> dict[str, _Row]:
    means = {name: float(tally.score_sum / tally.n) for name, tally in counted.items()}
    squares = sum(
        count * (float(x) - means[name]) ** 2
        for name, tally in counted.items()
        for x, count in tally.score_counts
    )
    # One imagined win and one imagined loss keep the pooled variance above 0.
    spread = (squares + 0.5) / (sum(tally.n for tally in counted.values()) + 2)
    return {name: _Row(means[name], spread / tally.n) for name, tally in counted.items()}


def _between_variance(rows: Mapping[str, _Row]) -> tuple[float, float]:
    """Return the variance between intents (at least 0) and the common mean under it."""
    weights = [1 / row.variance for row in rows.values()]
    total = sum(weights)
    fixed = sum(w * row.mean for w, row in zip(weights, rows.values(), strict=True)) / total
    q = sum(w * (row.mean - fixed) ** 2 for w, row in zip(weights, rows.values(), strict=True))
    scale = total - sum(w * w for w in weights) / total
    between = max(0.0, (q - (len(rows) - 1)) / scale) if len(rows) > 1 else 0.0
    random_weights = [1 / (row.variance + between) for row in rows.values()]
    centre = sum(w * row.mean for w, row in zip(random_weights, rows.values(), strict=True))
    return between, centre / sum(random_weights)


def _pull(row: _Row, between: float, centre: float) -> float:
    return (between * row.mean + row.variance * centre) / (between + row.variance)
