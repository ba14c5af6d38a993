"""Whether length alone wins: a diagnostic, never a correction of the win rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluation.stats.intervals import ALPHA, Interval, interval
from evaluation.stats.verdicts import LOSS, WIN
from reviewapp.core.messages import Message, message

if TYPE_CHECKING:
    from collections.abc import Iterable

_CLEAR = 2.0
"""Standard errors from 0 at which the slope is worth a remark."""


@dataclass(frozen=True, slots=True)
class LongerShare:
    """How often the longer answer won among decisive votes.

    Attributes:
        share: from 0 to 1; None without a decisive vote on answers of unlike length.
        interval: anytime interval of the share.
        n: decisive votes on answers of unlike length.
    """

    share: float | None
    interval: Interval
    n: int


def longer_share(longer: int, shorter: int, *, alpha: float = ALPHA) -> LongerShare:
    """Return the share of decisive votes that the longer answer won.

    Args:
        longer: decisive votes for the longer answer, 0 or more.
        shorter: decisive votes for the shorter answer, 0 or more.
        alpha: chance that the interval ever misses.
    Raises:
        ValueError: a negative count.
    """
    n = longer + shorter
    ends = interval(((LOSS, shorter), (WIN, longer)), alpha=alpha)
    return LongerShare(longer / n if n else None, ends, n)


@dataclass(frozen=True, slots=True)
class LengthMoments:
    """Sums over counted examples of t = tanh(length difference / sd) and the score y.

    The difference is candidate minus baseline in characters or tokens, sd its standard deviation
    over the same examples. One SQL aggregate gives all of them.
    """

    n: int
    t: float
    y: float
    tt: float
    ty: float
    yy: float

    @classmethod
    def of(cls, pairs: Iterable[tuple[float, float]]) -> LengthMoments:
        """Return the sums over pairs of (length difference, score from 0 to 1)."""
        rows = list(pairs)
        sd = _standard_deviation([difference for difference, _ in rows])
        points = [(math.tanh(d / sd) if sd else 0.0, float(y)) for d, y in rows]
        return cls(
            n=len(points),
            t=math.fsum(t for t, _ in points),
            y=math.fsum(y for _, y in points),
            tt=math.fsum(t * t for t, _ in points),
            ty=math.fsum(t * y for t, y in points),
            yy=math.fsum(y * y for _, y in points),
        )


def _standard_deviation(values: list[float]) -> float:
    n = len(values)
    if n < 2:  # noqa: PLR2004 - a spread needs two values.
        return 0.0
    mean = math.fsum(values) / n
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))


@dataclass(frozen=True, slots=True)
class LengthEffect:
    """Score as a straight line in t, or the reason why there is no line.

    Attributes:
        slope: change of the score from t = 0 to t = 1; None when undefined.
        slope_error: its standard error ("if looked at once"); None below three examples.
        at_same_length: win rate at t = 0, from 0 to 1; None when undefined.
        clear: the slope lies more than two standard errors from 0.
        reason: None, or why there is no slope.
    """

    slope: float | None
    slope_error: float | None
    at_same_length: float | None
    clear: bool
    reason: Message | None


def length_effect(sums: LengthMoments) -> LengthEffect:
    """Return the score as a straight line in t = tanh(length difference / sd), by least squares.

    Source: the regressor is that of the length-controlled win rates of Y. Dubois et al. (2024),
    arXiv 2404.04475; the straight line keeps it readable as a diagnostic.
    """
    spread = sums.tt - sums.t**2 / sums.n if sums.n else 0.0
    if spread <= 1e-12 * max(1, sums.n):
        return LengthEffect(None, None, None, clear=False, reason=message("stats.lengths_alike"))
    together = sums.ty - sums.t * sums.y / sums.n
    slope = together / spread
    level = (sums.y - slope * sums.t) / sums.n
    error = _slope_error(sums, spread, together)
    return LengthEffect(
        slope=slope,
        slope_error=error,
        at_same_length=min(1.0, max(0.0, level)),
        clear=error is not None and abs(slope) > _CLEAR * error,
        reason=None,
    )


def _slope_error(sums: LengthMoments, spread: float, together: float) -> float | None:
    if sums.n < 3:  # noqa: PLR2004 - two points always lie on a line.
        return None
    rest = sums.yy - sums.y**2 / sums.n - together**2 / spread
    return math.sqrt(max(0.0, rest) / (sums.n - 2) / spread)
