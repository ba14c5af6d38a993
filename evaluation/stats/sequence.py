"""Walking along the served order: the first crossing and the highest evidence so far.

A crossing is a fact about one look, so every counted example is looked at once, in served order,
however many were closed since the last time. The state between two walks is small and can be
kept as JSON.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from evaluation.stats.intervals import (
    ALPHA,
    PLAIN,
    Prior,
    anytime_p,
    log_capitals,
    log_factors,
    log_sum_exp,
    mean_of_logs,
    mirrored,
    prior_for,
)
from evaluation.stats.verdicts import Contender

if TYPE_CHECKING:
    from collections.abc import Iterable

    from evaluation.stats.tally import ScoreCounts


@dataclass(frozen=True, slots=True)
class Scan:
    """The state of a walk along the served order.

    Attributes:
        threshold: win rate that the lower end must pass, strictly between 0 and 1.
        alpha: chance that the interval ever misses.
        scores: counts of each score walked over so far.
        highest_log_evidence: running maximum of ln E, at least 0 (E starts at 1).
        favours: whom the evidence favoured when it was highest; None before any.
        crossed_at: number, from 1, of the example at which the lower end first lay above the
            threshold; None as long as it never did.
        alarmed_at: number of the example at which the evidence first said "worse", or None.
        alarm_alpha: level of that alarm, which is lower when many intents are looked at; None
            takes alpha.
        set_size: examples of the set that the prior is tuned to; None for the plain prior.
    """

    threshold: float
    alpha: float = ALPHA
    scores: ScoreCounts = ()
    highest_log_evidence: float = 0.0  # words: ok, a figure
    favours: Contender | None = None
    crossed_at: int | None = None
    alarmed_at: int | None = None
    alarm_alpha: float | None = None
    set_size: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a threshold or alpha outside (0, 1)."""
        if not (0 < self.threshold < 1 and 0 < self.alpha < 1):
            raise ValueError("Threshold and alpha must lie strictly between 0 and 1.")

    @property
    def prior(self) -> Prior:
        """How the stake is spread over the bets."""
        return prior_for(self.set_size, self.alpha) if self.set_size else PLAIN

    @property
    def n(self) -> int:
        """Number of examples walked over."""
        return sum(count for _, count in self.scores)

    @property
    def p(self) -> float:
        """Two-sided p of "the win rate is 1/2" that holds at every look, from 0 to 1."""
        return anytime_p(self.highest_log_evidence)

    def advance(self, scores: Iterable[Fraction]) -> Scan:
        """Return the state after the next closed examples.

        Args:
            scores: exact scores from 0 to 1 of the examples that follow in served order.
        Returns:
            The new state; this one is left as it is.
        Raises:
            ValueError: a score is out of range.
        """
        walk = _Walk(self)
        for x in scores:
            walk.step(x)
        return walk.state()

    def add_unordered(self, scores: Iterable[Fraction]) -> Scan:
        """Return the state after one look at all examples so far and these, which have no order.

        Neither a crossing nor an alarm is kept: at which example they came would depend on an
        order that means nothing.
        """
        counts = Counter(dict(self.scores))
        counts.update(scores)
        seen = tuple(sorted(counts.items()))
        better = _Capital(seen, 0.5, self.prior).log_value()
        worse = _Capital(mirrored(seen), 0.5, self.prior).log_value()
        found = max(0.0, mean_of_logs(better, worse))
        ahead = Contender.CANDIDATE if better > worse else Contender.BASELINE
        return replace(
            self,
            scores=seen,
            highest_log_evidence=found,
            favours=ahead if found else None,
            crossed_at=None,
            alarmed_at=None,
        )

    def as_json(self) -> dict[str, Any]:
        """Return the state in plain JSON values; scores are kept exactly, as "1/2"."""
        return {
            "threshold": self.threshold,
            "alpha": self.alpha,
            "scores": {str(x): count for x, count in self.scores},
            "highest_log_evidence": self.highest_log_evidence,
            "favours": self.favours,
            "crossed_at": self.crossed_at,
            "alarmed_at": self.alarmed_at,
            "alarm_alpha": self.alarm_alpha,
            "set_size": self.set_size,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Scan:
        """Return the state that `as_json` gave.

        Raises:
            KeyError: a part is missing.
            ValueError: a part makes no sense.
        """
        return cls(
            threshold=stored["threshold"],
            alpha=stored["alpha"],
            scores=tuple(sorted((Fraction(x), n) for x, n in stored["scores"].items())),
            highest_log_evidence=stored["highest_log_evidence"],
            favours=Contender(stored["favours"]) if stored["favours"] else None,
            crossed_at=stored["crossed_at"],
            alarmed_at=stored["alarmed_at"],
            alarm_alpha=stored["alarm_alpha"],
            set_size=stored["set_size"],
        )


class _Capital:
    """Running logarithms of what each bet has won against one supposed mean."""

    def __init__(self, scores: ScoreCounts, mean: float, prior: Prior) -> None:
        self._mean = mean
        self._prior = prior
        self._logs = log_capitals(scores, mean, prior)
        self._factors: dict[Fraction, list[float]] = {}

    def add(self, x: Fraction) -> None:
        factors = self._factors.get(x)
        if factors is None:
            factors = self._factors[x] = log_factors(x, self._mean, self._prior)
        self._logs = [log + factor for log, factor in zip(self._logs, factors, strict=True)]

    def at_most(self) -> float:
        """Return a quick upper bound of `log_value`, which avoids its exponentials."""
        return max(self._logs) + math.log(len(self._logs))

    def log_value(self) -> float:
        return log_sum_exp(self._logs)


class _Walk:
    """The mutable side of one `Scan.advance`."""

    def __init__(self, start: Scan) -> None:
        self._start = start
        self._target = math.log(2 / start.alpha)
        self._counts = dict(start.scores)
        self._n = start.n
        self._alarm = math.log(2 / (start.alarm_alpha or start.alpha))
        self._above = _Capital(start.scores, start.threshold, start.prior)
        self._better = _Capital(start.scores, 0.5, start.prior)
        self._worse = _Capital(mirrored(start.scores), 0.5, start.prior)
        self._highest = start.highest_log_evidence
        self._favours = start.favours
        self._crossed_at = start.crossed_at
        self._alarmed_at = start.alarmed_at

    def step(self, x: Fraction) -> None:
        if not 0 <= x <= 1:
            raise ValueError("A score must lie between 0 and 1.")
        self._n += 1
        self._counts[x] = self._counts.get(x, 0) + 1
        self._look_for_crossing(x)
        self._better.add(x)
        self._worse.add(1 - x)
        if max(self._better.at_most(), self._worse.at_most()) > min(self._highest, self._alarm):
            self._weigh()

    def _look_for_crossing(self, x: Fraction) -> None:
        # E_low falls in m, so the lower end is above the threshold when E_low there is above
        # 2 / alpha: no end has to be solved for.
        if self._crossed_at is not None:
            return
        self._above.add(x)
        if self._above.at_most() > self._target and self._above.log_value() > self._target:
            self._crossed_at = self._n

    def _weigh(self) -> None:
        better, worse = self._better.log_value(), self._worse.log_value()
        if self._alarmed_at is None and worse > self._alarm:
            self._alarmed_at = self._n
        both = mean_of_logs(better, worse)
        if both > self._highest:
            self._highest = both
            self._favours = Contender.CANDIDATE if better > worse else Contender.BASELINE

    def state(self) -> Scan:
        return Scan(
            threshold=self._start.threshold,
            alpha=self._start.alpha,
            scores=tuple(sorted(self._counts.items())),
            highest_log_evidence=self._highest,
            favours=self._favours,
            crossed_at=self._crossed_at,
            alarmed_at=self._alarmed_at,
            alarm_alpha=self._start.alarm_alpha,
            set_size=self._start.set_size,
        )
