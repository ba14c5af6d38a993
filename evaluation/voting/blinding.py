"""Which answer stands on which side, and what a click therefore means. Pure.

The only place that turns a choice into a verdict or back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluation.stats.verdicts import Choice, Contender, Verdict

if TYPE_CHECKING:
    from random import Random

_TIES = {Choice.BOTH_GOOD: Verdict.TIE_GOOD, Choice.BOTH_BAD: Verdict.TIE_BAD}
_TIE_CHOICES = {verdict: choice for choice, verdict in _TIES.items()}


def draw_left(rng: Random) -> Contender:
    """Draw who stands on the left of one lease, each with probability 1/2.

    Args:
        rng: the source of chance; on the server `random.SystemRandom()`, so that nobody can
            work out the sides of one lease from those of others.
    """
    return rng.choice((Contender.CANDIDATE, Contender.BASELINE))


def other(contender: str) -> Contender:
    """Return the contender on the other side.

    Raises:
        ValueError: the word is no contender.
    """
    if Contender(contender) is Contender.CANDIDATE:
        return Contender.BASELINE
    return Contender.CANDIDATE


def resolve(choice: str, *, left: str) -> Verdict:
    """Turn what was clicked into a verdict.

    Args:
        choice: a `Choice`.
        left: the `Contender` that stood on the left.
    Raises:
        ValueError: an unknown choice or contender.
    """
    on_left = Contender(left)
    clicked = Choice(choice)
    if clicked in _TIES:
        return _TIES[clicked]
    return Verdict(on_left if clicked is Choice.LEFT else other(on_left))


def choice_of(verdict: str, *, left: str) -> Choice:
    """Turn a verdict back into the click it came from (for votes that were cast elsewhere).

    Args:
        verdict: a `Verdict`.
        left: the `Contender` that stood on the left.
    Raises:
        ValueError: an unknown verdict or contender.
    """
    on_left = Contender(left)
    known = Verdict(verdict)
    if known in _TIE_CHOICES:
        return _TIE_CHOICES[known]
    return Choice.LEFT if Contender(known) is on_left else Choice.RIGHT
