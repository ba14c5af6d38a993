"""How often a run would pass its gates, simulated before it opens. Pure.

Each case draws the outcome of every example at an assumed win rate and share of ties, and walks
along the served order with the gates' own intervals: overall and leave-one-out, agreement with the
shared examples that come first then, and each gated intent. What is simplified is in
docs/statistics.md: all intents are alike, reviewers vote equally often and alike, and the first
vote of an example is its score.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from random import Random
from statistics import median
from typing import Final

from evaluation.gates.hygiene import (
    LEAVE_ONE_OUT_ALPHA,
    LEAVE_ONE_OUT_SHARE,
    MIN_SHARED_EXAMPLES,
)
from evaluation.gates.settings import GateSettings
from evaluation.stats.agreement import SCORE_VALUES, Distance, Units, gwet
from evaluation.stats.forecast import examples_for_chance
from evaluation.stats.intervals import PLAIN, Prior, log_factors, log_sum_exp, prior_for

CASES: Final = 100
CHANCE: Final = 0.8
"""Chance of passing for which the sizes are given."""
EFFECTS: Final = (0.55, 0.6, 0.65, 0.7)
"""Win rates of the table."""
CORRELATION: Final = 0.35
"""Assumed intraclass correlation of votes on one example."""
_SEED: Final = 1
_LOOKS, _LOOKS_OF_INTENT = 40, 12
_FAR: Final = 2.0
_LOSS, _TIE, _WIN = _OUTCOMES = 0, 1, 2
_SCORES: Final = (Fraction(0), Fraction(1, 2), Fraction(1))


_Shared = list[tuple[int, tuple[int, int, int]]]
"""Place and votes by score of the examples that several people vote on, in served order."""


@dataclass(frozen=True)
class PlannedRun:
    """A run that has not opened, as far as its chance to pass depends on it.

    Attributes:
        intents: name, examples and threshold of each intent; a threshold of None watches it.
        t_overall, alpha, is_tuned, min_agreement, min_raters: as in the gate settings.
        raters: people who will vote.
        shared: examples that two or more of them vote on.
        votes_on_shared: votes on each of those.
    """

    intents: tuple[tuple[str, int, float | None], ...]
    t_overall: float
    alpha: float
    is_tuned: bool
    min_agreement: float
    min_raters: int
    raters: int
    shared: int
    votes_on_shared: int

    @classmethod
    def of(
        cls,
        sizes: Mapping[str, int],
        settings: GateSettings,
        *,
        raters: int,
        shared: int,
        votes_on_shared: int,
    ) -> PlannedRun:
        """Return the plan of a run with intents of these sizes."""
        hygiene = settings.hygiene
        return cls(
            intents=tuple(
                (name, size, settings.threshold_of(name)) for name, size in sorted(sizes.items())
            ),
            t_overall=settings.t_overall,
            alpha=settings.alpha,
            is_tuned=settings.is_tuned,
            min_agreement=hygiene.min_agreement if hygiene.asks_for_agreement else -1,
            min_raters=hygiene.min_raters,
            raters=raters,
            shared=shared,
            votes_on_shared=votes_on_shared,
        )

    @property
    def examples(self) -> int:
        """Examples of the set."""
        return sum(size for _name, size, _line in self.intents)

    @property
    def gated(self) -> list[tuple[str, int, float]]:
        """The intents that must pass, with their sizes and thresholds."""
        return [(name, size, line) for name, size, line in self.intents if line is not None]

    @property
    def asks_for_agreement(self) -> bool:
        """Whether agreement is a gate."""
        return self.min_agreement > -1

    def prior(self, size: int) -> Prior:
        """How the stake is spread over the bets for a set of this size."""
        return prior_for(size, self.alpha) if self.is_tuned else PLAIN


@dataclass(frozen=True)
class Assumption:
    """What is assumed of the candidate.

    Attributes:
        win_rate: true win rate, ties as half, strictly between 0 and 1.
        ties: share of examples that are ties, 0 to 1.
    """

    win_rate: float
    ties: float

    @property
    def is_possible(self) -> bool:
        """Whether so many ties leave room for this win rate."""
        return min(self.shares) >= 0

    @property
    def shares(self) -> tuple[float, float, float]:
        """Shares of losses, ties and wins."""
        return 1 - self.win_rate - self.ties / 2, self.ties, self.win_rate - self.ties / 2

    @property
    def mix(self) -> tuple[tuple[Fraction, float], ...]:
        """Each score with its share."""
        return tuple(zip(_SCORES, self.shares, strict=True))


@dataclass(frozen=True)
class Simulated:
    """What came of the simulated cases.

    Attributes:
        cases: how many there were.
        passed: those in which all gates passed at the same time.
        overall: those in which the candidate was better overall and the voting in order.
        examples: median of the examples voted on when a case passed; None if none did.
        intents: cases in which each gated intent passed, by name.
    """

    cases: int
    passed: int
    overall: int
    examples: int | None
    intents: Mapping[str, int]

    @property
    def chance(self) -> float:
        """Share of cases that passed."""
        return self.passed / self.cases

    @property
    def is_doubtful(self) -> bool:
        """Whether the run would more probably end without passing."""
        return self.chance < 0.5  # noqa: PLR2004 - an even chance.


@lru_cache(maxsize=256)
def simulate(plan: PlannedRun, assumed: Assumption, *, cases: int = CASES) -> Simulated:
    """Return how often a run would pass; the same plan gives the same numbers.

    Raises:
        ValueError: no win rate is possible with so many ties.
    """
    if not assumed.is_possible:
        raise ValueError("So many ties leave no room for this win rate.")
    if plan.examples == 0:
        return Simulated(cases, 0, 0, None, {})
    walks = _Walks(plan)
    random = Random(_SEED)  # noqa: S311 - a simulation.
    found = [walks.case(random, assumed) for _ in range(cases)]
    totals = [total for total, _overall, _intents in found if total is not None]
    passed = Counter(name for _total, _overall, names in found for name in names)
    return Simulated(
        cases=cases,
        passed=len(totals),
        overall=sum(overall for _total, overall, _intents in found),
        examples=round(median(totals)) if totals else None,
        intents={name: passed[name] for name, _size, _line in plan.gated},
    )


@lru_cache(maxsize=1024)
def intent_size(assumed: Assumption, threshold: float, *, gated: int, alpha: float) -> int | None:
    """Return the examples that an intent needs, so that all `gated` ones pass with `CHANCE`."""
    chance = CHANCE ** (1 / max(1, gated))
    return examples_for_chance(assumed.mix, threshold, chance=chance, alpha=alpha)


def set_size(plan: PlannedRun, assumed: Assumption) -> int | None:
    """Return the examples of a set with which the run would probably pass; None if hardly any."""
    gated = plan.gated
    alpha = plan.alpha
    overall = examples_for_chance(assumed.mix, plan.t_overall, chance=CHANCE, alpha=alpha)
    sizes = [intent_size(assumed, line, gated=len(gated), alpha=alpha) for *_name, line in gated]
    if overall is None or None in sizes:
        return None
    return max(overall, sum(size for size in sizes if size is not None))


class _Line:
    """Whether counts of wins, ties and losses lie above a threshold, remembered."""

    def __init__(self, threshold: float, alpha: float, prior: Prior) -> None:
        self._threshold = threshold
        self._target = math.log(2 / alpha)
        self._known: dict[tuple[int, int, int], bool] = {}
        every = [log_factors(score, threshold, prior) for score in _SCORES]
        self._bets = list(zip(prior.log_weights, *every, strict=True))
        # Every ninth bet is near enough to see what is far from the threshold.
        self._rough = self._bets[4::9] + self._bets[-1:]
        self._rough_more = math.log(9)

    def is_above(self, losses: int, ties: int, wins: int) -> bool:
        n = losses + ties + wins
        if wins + ties / 2 <= self._threshold * n:
            return False
        key = (losses, ties, wins)
        if (known := self._known.get(key)) is None:
            known = self._known[key] = self._calculate(losses, ties, wins)
        return known

    def _calculate(self, losses: int, ties: int, wins: int) -> bool:
        rough = max(a + losses * f + ties * g + wins * h for a, f, g, h in self._rough)
        if rough > self._target:
            return True
        if rough + self._rough_more + _FAR < self._target:
            return False
        logs = [a + losses * f + ties * g + wins * h for a, f, g, h in self._bets]
        return log_sum_exp(logs) > self._target


class _Walks:
    """The served order of a planned run, walked once for each case."""

    def __init__(self, plan: PlannedRun) -> None:
        self._plan = plan
        self._size = plan.examples
        order = [name for name, size, _line in plan.intents for _ in range(size)]
        Random(_SEED).shuffle(order)  # noqa: S311 - a simulation.
        self._places: dict[str, list[int]] = {name: [] for name, _size, _line in plan.intents}
        for place, name in enumerate(order):
            self._places[name].append(place)
        self._looks = _looks(self._size, _LOOKS)
        self._overall = _Line(plan.t_overall, plan.alpha, plan.prior(self._size))
        self._without = _Line(plan.t_overall, LEAVE_ONE_OUT_ALPHA, PLAIN)
        lines = {
            (size, line): _Line(line, plan.alpha, plan.prior(size)) for _n, size, line in plan.gated
        }
        self._intents = [
            (name, lines[size, line], _looks(size, _LOOKS_OF_INTENT))
            for name, size, line in plan.gated
        ]

    def case(self, random: Random, assumed: Assumption) -> tuple[int | None, bool, list[str]]:
        """Return the examples when all passed (or None), whether the whole run did, and intents."""
        outcomes = random.choices(_OUTCOMES, assumed.shares, k=self._size)
        whole, early = self._whole_passes_at(random, assumed, outcomes)
        passed, voted_on = [], set(early)
        for name, line, looks in self._intents:
            places = self._places[name]
            at = _crossing([outcomes[place] for place in places], line, looks)
            if at is not None:
                passed.append(name)
                voted_on.update(places[bisect_right(places, (whole or 0) - 1) : at])
        is_passed = whole is not None and len(passed) == len(self._intents)
        examples = (whole or 0) + len(voted_on)
        return examples if is_passed else None, whole is not None, passed

    def _whole_passes_at(
        self, random: Random, assumed: Assumption, outcomes: Sequence[int]
    ) -> tuple[int | None, list[int]]:
        """Return the look at which the overall gate holds without any one rater.

        Also the places of the shared examples after it that agreement takes: from then on they come
        first. None if the run does not pass.
        """
        if self._plan.raters < self._plan.min_raters:
            return None, []
        crossed = _crossing(outcomes, self._overall, self._looks)
        if crossed is None:
            return None, []
        shared = self._shared_votes(random, assumed, outcomes)
        for look in self._looks:
            if look >= crossed and self._holds_without_one(outcomes[:look]):
                early = self._until_agreement(shared, bisect_left(shared, (look,)))
                return (None, []) if early is None else (look, early)
        return None, []

    def _holds_without_one(self, seen: Sequence[int]) -> bool:
        raters = self._plan.raters
        if Fraction(1, raters) < LEAVE_ONE_OUT_SHARE:
            return True
        losses, ties, wins = _counts(seen)
        for rater in range(raters):
            lost, tied, won = _counts(seen[rater::raters])
            if not self._without.is_above(losses - lost, ties - tied, wins - won):
                return False
        return True

    def _shared_votes(
        self, random: Random, assumed: Assumption, outcomes: Sequence[int]
    ) -> _Shared:
        """Return place and votes by score of the examples that several people vote on."""
        plan = self._plan
        if not plan.asks_for_agreement or not plan.shared:
            return []
        # Each vote is the common one with this probability, which gives pairs their correlation.
        common = math.sqrt(CORRELATION)
        found = []
        for place in sorted(random.sample(range(self._size), min(plan.shared, self._size))):
            drawn = random.choices(_OUTCOMES, assumed.shares, k=plan.votes_on_shared)
            votes = [outcomes[place] if random.random() < common else outcome for outcome in drawn]
            found.append((place, (votes.count(_LOSS), votes.count(_TIE), votes.count(_WIN))))
        return found

    def _until_agreement(self, shared: _Shared, seen: int) -> list[int] | None:
        """Return the places of the shared examples that it takes after the first `seen`.

        None if all of them do not do.
        """
        if not self._plan.asks_for_agreement:
            return []
        first = max(seen, MIN_SHARED_EXAMPLES)
        for number in range(first, len(shared) + 1):
            votes = Counter(counts for _place, counts in shared[:number])
            found = gwet(Units.of(SCORE_VALUES, votes.items()), Distance.INTERVAL)
            if found.interval is not None and found.interval.lower > self._plan.min_agreement:
                return [place for place, _counts in shared[seen:number]]
        return None


def _counts(outcomes: Sequence[int]) -> tuple[int, int, int]:
    return outcomes.count(_LOSS), outcomes.count(_TIE), outcomes.count(_WIN)


def _looks(size: int, number: int) -> list[int]:
    """Return about so many numbers of examples up to the size, the size among them."""
    step = max(1, size // number)
    return [*range(step, size, step), size]


def _crossing(outcomes: Sequence[int], line: _Line, looks: Sequence[int]) -> int | None:
    """Return the look at which the outcomes first lie above the threshold of a line."""
    losses = ties = wins = before = 0
    for look in looks:
        seen = outcomes[before:look]
        lost, tied, won = _counts(seen)
        losses, ties, wins, before = losses + lost, ties + tied, wins + won, look
        if line.is_above(losses, ties, wins):
            return look
    return None
