"""What is promised, tried out on chance: seeded, so the same every time.

One-sided errors of an interval at alpha = 0.05 are promised to be at most 2.5 %; 4 % leaves room
for the chance of the simulation itself.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from random import Random
from statistics import median

from evaluation.gates.hygiene import LEAVE_ONE_OUT_ALPHA, LEAVE_ONE_OUT_SHARE, MIN_SHARED_EXAMPLES
from evaluation.gates.settings import HygieneLimits
from evaluation.stats.agreement import SCORE_VALUES, Distance, Units, gwet
from evaluation.stats.intervals import PLAIN, anytime_p, lies_above, log_evidence, prior_for
from evaluation.stats.labels import holm
from evaluation.stats.sequence import Scan
from tests.evaluation.stats.samples import scores, seeded

RUNS = 2000
ALLOWED = 0.04


@cache
def wins_to_cross(
    alpha: float = 0.05, longest: int = 300, set_size: int | None = None
) -> list[int]:
    """For each n up to the longest, the fewest wins among n examples at which 0.5 is passed."""
    prior = prior_for(set_size, alpha) if set_size else PLAIN
    fewest = [1]
    for n in range(1, longest + 1):
        wins = fewest[-1]
        while wins <= n:
            if lies_above(scores(wins, 0, n - wins), 0.5, alpha=alpha, prior=prior):
                break
            wins += 1
        fewest.append(wins)
    return fewest


def ever_promotes(outcomes: list[int], fewest: list[int] | None = None) -> bool:
    """Whether the lower end is above 0.5 at any look along these wins (1) and losses (0)."""
    fewest, wins = fewest or wins_to_cross(), 0
    for n, won in enumerate(outcomes, 1):
        wins += won
        if wins >= fewest[n]:
            return True
    return False


def test_a_worthless_candidate_is_rarely_promoted_at_any_look() -> None:
    rng = seeded(1)
    wrong = sum(ever_promotes([rng.getrandbits(1) for _ in range(300)]) for _ in range(RUNS))
    assert wrong / RUNS <= ALLOWED


def test_a_better_candidate_is_found() -> None:
    rng = seeded(2)
    found = sum(ever_promotes([int(rng.random() < 0.7) for _ in range(300)]) for _ in range(RUNS))
    assert found / RUNS > 0.99


def _passes_at(rng: Random, rates: list[float], *, leave_one_out: bool) -> int | None:
    """Number of the example, up to 300, at which a run passes overall; None if it never does.

    Each rater votes alone on what comes next and prefers the candidate at their own rate.
    """
    passed, holds = wins_to_cross(), wins_to_cross(LEAVE_ONE_OUT_ALPHA)
    votes, wins, crossed = [0] * len(rates), [0] * len(rates), False
    for n in range(1, 301):
        who = rng.randrange(len(rates))
        votes[who], wins[who] = votes[who] + 1, wins[who] + (rng.random() < rates[who])
        crossed = crossed or sum(wins) >= passed[n]
        if not crossed:
            continue
        without = [
            (n - cast, sum(wins) - won)
            for cast, won in zip(votes, wins, strict=True)
            if cast >= LEAVE_ONE_OUT_SHARE * n
        ]
        if not leave_one_out or all(w >= holds[m] and 2 * w > m for m, w in without):
            return n
    return None


def test_one_rater_who_always_prefers_the_candidate_does_not_carry_the_run() -> None:
    for rates, most in (([1.0, 0.4, 0.4], 0.02), ([1.0, *[0.45] * 4], 0.06)):
        rng = seeded(7)
        found = [_passes_at(rng, rates, leave_one_out=True) for _ in range(300)]
        assert sum(n is not None for n in found) / len(found) <= most
    rng = seeded(7)
    found = [_passes_at(rng, [1.0, 0.4, 0.4], leave_one_out=False) for _ in range(300)]
    assert sum(n is not None for n in found) / len(found) > 0.7


def test_leaving_one_of_five_out_costs_a_better_candidate_few_examples() -> None:
    takes = []
    for leave_one_out in (True, False):
        rng = seeded(8)
        found = [_passes_at(rng, [0.65] * 5, leave_one_out=leave_one_out) for _ in range(300)]
        takes.append(median(n or math.inf for n in found))
    assert takes[0] <= 1.1 * takes[1]


def _correlated_votes(rng: Random, icc: float) -> Fraction:
    """Score of an example with three votes, each a copy of the example's own or a fair coin.

    Two votes copy the same with probability rho squared, which is then their correlation.
    """
    rho = math.sqrt(icc)
    own = rng.getrandbits(1)
    votes = [own if rng.random() < rho else rng.getrandbits(1) for _ in range(3)]
    return Fraction(sum(votes), 3)


def test_three_correlated_votes_an_example_are_counted_by_example() -> None:
    rng = seeded(3)
    runs = 300
    wrong = 0
    for _ in range(runs):
        walked = Scan(0.5).advance(_correlated_votes(rng, 0.6) for _ in range(80))
        wrong += walked.crossed_at is not None
    assert wrong / runs <= ALLOWED


def _agreement_gates(rng: Random, rate: float, icc: float, examples: int) -> Iterator[bool]:
    """Whether the agreement gate passes, at each shared example from the 30th on."""
    rho, groups = math.sqrt(icc), Counter[tuple[int, int, int]]()
    for n in range(1, examples + 1):
        own = rng.random() < rate
        wins = sum(own if rng.random() < rho else rng.random() < rate for _ in range(3))
        groups[3 - wins, 0, wins] += 1
        if n < MIN_SHARED_EXAMPLES:
            continue
        found = gwet(Units.of(SCORE_VALUES, groups.items()), Distance.INTERVAL)
        assert found.interval is not None
        yield found.interval.lower > HygieneLimits().min_agreement


def test_noise_rarely_passes_the_agreement_gate_and_usual_raters_do() -> None:
    rng, runs = seeded(9), 200
    noise = sum(any(_agreement_gates(rng, 0.6, 0.0, 48)) for _ in range(runs))
    usual = sum([*_agreement_gates(rng, 0.6, 0.35, 48)][-1] for _ in range(runs))
    assert noise / runs <= 0.10
    assert usual / runs >= 0.88


def _closing_times(rng: Random, examples: int) -> tuple[list[int], list[float]]:
    """Outcomes in served order and when each closes: 20 raters, losses four times slower."""
    free = [0.0] * 20
    outcomes, closed_at = [], []
    for _ in range(examples):
        start = heapq.heappop(free)
        won = rng.getrandbits(1)
        end = start + rng.expovariate(1.0 if won else 0.25)
        heapq.heappush(free, end)
        outcomes.append(won)
        closed_at.append(end)
    return outcomes, closed_at


def test_slow_losses_do_not_help_in_served_order_but_would_in_closing_order() -> None:
    rng = seeded(4)
    by_served = by_closed = 0
    for _ in range(RUNS):
        outcomes, closed_at = _closing_times(rng, 120)
        by_served += ever_promotes(outcomes)
        by_closed += ever_promotes(
            [won for _, won in sorted(zip(closed_at, outcomes, strict=True))]
        )
    assert by_served / RUNS <= ALLOWED
    assert by_closed / RUNS > 3 * ALLOWED


def test_the_tuned_prior_is_as_honest_and_decides_more_within_its_set() -> None:
    plain, tuned = wins_to_cross(longest=240), wins_to_cross(longest=240, set_size=240)
    for rate, least, most in ((0.5, 0.0, ALLOWED), (0.6, 0.65, 1.0)):
        rng, found = seeded(10), [0, 0]
        for _ in range(1000):
            outcomes = [int(rng.random() < rate) for _ in range(240)]
            found[0] += ever_promotes(outcomes, tuned)
            found[1] += ever_promotes(outcomes, plain)
        assert least <= found[0] / 1000 <= most
        assert found[0] >= found[1]


@cache
def _log_evidence(wins: int, losses: int) -> float:
    return log_evidence(scores(wins, 0, losses))


def _watched_p(rng: Random, examples: int) -> float:
    wins, highest = 0, 0.0
    for n in range(1, examples + 1):
        wins += rng.getrandbits(1)
        highest = max(highest, _log_evidence(max(wins, n - wins), min(wins, n - wins)))
    return anytime_p(highest)


def test_labels_of_twelve_intents_without_a_difference_stay_undecided() -> None:
    rng = seeded(5)
    runs = 500
    wrong = sum(bool(holm({str(k): _watched_p(rng, 60) for k in range(12)})) for _ in range(runs))
    assert wrong / runs <= 0.08
