"""The inner part of `tests.bench.criteria`, which sets Django up first.

There are two kinds of examples. On one kind the candidate does better and few answers are passed
over, on the other it does worse and half are: what is passed over tells about the example. The
true win rate is that of examples with an answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from evaluation.results.reports.criterion_sums import CriterionAnswer, CriterionSums
from evaluation.results.reports.sums import CountedExample, RowSums
from evaluation.stats.sequence import Scan
from evaluation.stats.tally import VerdictCounts

EXAMPLES, VOTES, TIES = 240, 3, 0.3
PASSED_OVER = (0.1, 0.5)
"""Chance that one answer is passed over on the first and on the second kind of examples."""
SPREAD = 0.2
ALPHA = 0.05
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def simulated(rate: float, runs: int, seed: int) -> dict[str, Any]:
    """Simulate so many runs at a true win rate; return the shares of those that missed it."""
    above = below = missing = 0
    for run in range(runs):
        draw = random.Random(f"{rate}:{seed}:{run}")  # noqa: S311 - repeatable on purpose.
        votes = [_votes(rate, draw) for _ in range(EXAMPLES)]
        missing += sum(not vote.votes for vote in votes)
        is_above = _crosses(votes, rate)
        above += is_above
        below += not is_above and _crosses(
            [VerdictCounts(vote.baseline, vote.candidate, *vote[2:]) for vote in votes], 1 - rate
        )
    return {
        "rate": rate,
        "missed": (above + below) / runs,
        "above": above / runs,
        "missing": missing / runs / EXAMPLES,
    }


def _crosses(votes: list[VerdictCounts], threshold: float) -> bool:
    """Return whether the lower end is above the threshold at some look, one for each example."""
    scan = Scan(threshold, ALPHA, set_size=EXAMPLES)
    sums = CriterionSums(RowSums(None, scan))
    sums.add(_answers(votes), at_once=False)
    return sums.row.scan.crossed_at is not None


def _answers(votes: list[VerdictCounts]) -> Iterator[CriterionAnswer]:
    for position, vote in enumerate(votes, start=1):
        yield CriterionAnswer(1, 1, CountedExample(position, vote, _AT))


def _votes(rate: float, draw: random.Random) -> VerdictCounts:
    """Draw the answers on one example; a tie is as likely on both kinds."""
    is_second = draw.random() < _share_of_second()
    taste = rate - SPREAD if is_second else rate + SPREAD
    counts = [0, 0, 0, 0]
    for _vote in range(VOTES):
        if draw.random() < PASSED_OVER[is_second]:
            continue
        # With a tie in TIES of the answers the score keeps its mean.
        if draw.random() < TIES * min(taste, 1 - taste) * 2:
            counts[2] += 1
        else:
            rest = taste - TIES * min(taste, 1 - taste)
            is_win = draw.random() < rest / (1 - TIES * min(taste, 1 - taste) * 2)
            counts[0 if is_win else 1] += 1
    return VerdictCounts(*counts)


def _share_of_second() -> float:
    """Return the share of the second kind with which the answered examples are half of each."""
    first, second = (1 - passed**VOTES for passed in PASSED_OVER)
    return first / (first + second)
