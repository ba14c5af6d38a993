"""How much the votes on one comparison disagree."""

from __future__ import annotations

from fractions import Fraction

from evaluation.stats.verdicts import LOSS, TIE, WIN


def disagreement(*, candidate: int, baseline: int, ties: int) -> Fraction:
    """Return the variance of the scores of votes: 0 if all agree, 1/4 if they split evenly.

    It is the same with the two models exchanged, so an order by it does not tell them apart.

    Args:
        candidate: votes for the candidate.
        baseline: votes for the baseline.
        ties: votes for neither.
    """
    votes = candidate + baseline + ties
    if not votes:
        return Fraction(0)
    mean = (candidate * WIN + ties * TIE + baseline * LOSS) / votes
    squares = (candidate * WIN**2 + ties * TIE**2 + baseline * LOSS**2) / votes
    return squares - mean**2
