"""Draw the sides of a lease; convert choices to verdicts and back. Pure.

No other module converts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluation.stats.verdicts import Choice, Contender, Verdict

if TYPE_CHECKING:
    from random import Random

_TIES = {Choice.BOTH_GOOD: Verdict.TIE_GOOD, Choice.BOTH_BAD: Verdict.TIE_BAD}
_TIE_CHOICES = {verdict: choice for choice, verdict in _TIES.items()}


def draw_left(rng: Random) -> Contender:
    """Draw the answer on the left of one lease, each with probability 1/2.

    Args:
        rng: on the server `random.SystemRandom()`, so that the sides of a lease cannot be predicted
            from those of others.
    """
    return rng.choice((Contender.CANDIDATE, Contender.BASELINE))


def other(contender: str) -> Contender:
    """Return the contender on the other side.

    Raises:
        ValueError: it is neither candidate nor baseline.
    """
    if Contender(contender) is Contender.CANDIDATE:
        return Contender.BASELINE
    return Contender.CANDIDATE


def resolve(choice: str, *, left: str) -> Verdict:
    """Return the verdict of a choice.

    Args:
        choice: a `Choice`.
        left: the `Contender` on the left.
    Raises:
        ValueError: an unknown choice or contender.
    """
    on_left = Contender(left)
    clicked = Choice(choice)
    if clicked in _TIES:
        return _TIES[clicked]
    return Verdict(on_left if clicked is Choice.LEFT else other(on_left))


def choice_of(verdict: str, *, left: str) -> Choice:
    """Return the choice of a verdict, for votes that were cast elsewhere.

    Args:
        verdict: a `Verdict`.
        left: the `Contender` on the left.
    Raises:
        ValueError: an unknown verdict or contender.
    """
    on_left = Contender(left)
    known = Verdict(verdict)
    if known in _TIE_CHOICES:
        return _TIE_CHOICES[known]
    return Choice.LEFT if Contender(known) is on_left else Choice.RIGHT
