"""The words a vote is stored in, and what a verdict is worth."""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction


class Choice(StrEnum):
    """What a reviewer clicked. A skip is no vote and has no choice."""

    LEFT = "left"
    RIGHT = "right"
    BOTH_GOOD = "both_good"
    BOTH_BAD = "both_bad"


class Contender(StrEnum):
    """The roles of the two model versions in a run."""

    CANDIDATE = "candidate"
    BASELINE = "baseline"


class Verdict(StrEnum):
    """A choice with its sides resolved."""

    CANDIDATE = "candidate"
    BASELINE = "baseline"
    TIE_GOOD = "tie_good"
    TIE_BAD = "tie_bad"


WIN = Fraction(1)
TIE = Fraction(1, 2)
LOSS = Fraction(0)

_SCORES = {
    Verdict.CANDIDATE: WIN,
    Verdict.BASELINE: LOSS,
    Verdict.TIE_GOOD: TIE,
    Verdict.TIE_BAD: TIE,
}


def score(verdict: str) -> Fraction:
    """Return what one verdict is worth to the candidate: 1, 1/2 or 0.

    Raises:
        ValueError: the word is not a verdict; it never becomes a tie.
    """
    return _SCORES[Verdict(verdict)]
