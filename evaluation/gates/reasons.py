"""The reasons of gates as messages: a code with the numbers behind it. Pure.

The sentences are in texts.py. None claims more about the candidate than its interval shows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from evaluation.stats.forecast import Forecast, Outlook
from reviewapp.core.messages import SENTENCES, Message, message, sentences

if TYPE_CHECKING:
    from datetime import date

    from evaluation.stats.figures import Figures
    from evaluation.stats.intervals import Interval

KEEP_VOTING: Final = message("gates.keep_voting")
NOTHING_COUNTED: Final = sentences([message("gates.nothing_counted"), KEEP_VOTING])
UNDECIDED: Final = sentences([message("gates.undecided"), KEEP_VOTING])
ALL_COUNTED: Final = message("gates.all_counted")

_FEW = 10
_WIDE = 10
_NAMED = 4
_HALF = 0.5


def bounds(interval: Interval) -> tuple[float, float]:
    """Return an interval as the parameter of a message."""
    return interval.lower, interval.upper


def without_advice(reason: Message) -> Message:
    """Return the reason of a gate without its call to go on voting."""
    if reason.code != SENTENCES:
        return reason
    return sentences(part for part in reason.params["parts"] if part != KEEP_VOTING)


def passed(
    claim: Message, threshold: float, *, example: int, on: date | None, now: Figures
) -> Message:
    """Return that a threshold was passed, when, and where the interval lies now.

    Args:
        claim: what that shows, as `overall_claim` or `intent_claim` give it.
        threshold: the win rate that was passed.
        example: number of the counted example at which it was.
        on: the day, if it is known.
        now: the present figures.
    """
    when: dict[str, Any] = {"example": example} if on is None else {"example": example, "on": on}
    day = "" if on is None else "_day"
    if now.lower > threshold:
        return message(f"gates.above_since{day}", claim=claim, threshold=threshold, **when)
    return message(f"gates.passed_before{day}", threshold=threshold, **when, **_rate(now))


def overall_claim(threshold: float) -> Message:
    """Return what an interval above this threshold shows of the whole run."""
    return message("gates.better_overall" if threshold >= _HALF else "gates.passed")


def intent_claim(threshold: float) -> Message:
    """Return what an interval above this threshold shows of an intent."""
    if threshold == _HALF:
        return message("gates.better")
    code = "gates.better_by" if threshold > _HALF else "gates.not_worse_by"
    return message(code, difference=abs(threshold - _HALF))


def above_all(threshold: float, now: Figures) -> Message:
    """Return that the interval over all imported examples lies above a threshold."""
    claim = intent_claim(threshold)
    return message("gates.above_all", claim=claim, threshold=threshold, n=now.n)


def got_worse(subject: str, now: Figures, *, example: int | None = None) -> Message:
    """Return that an intent, or the whole run (empty subject), got worse, and since when."""
    since = {"example": example} if example else {}
    code = f"gates.{_about(subject)}_worse{'_since' if example else ''}"
    return message(code, subject=subject, **_rate(now), **since)


def past_alarm(subject: str, now: Figures, *, example: int | None) -> Message:
    """Return that an alarm was raised earlier which the present interval does not repeat."""
    code = f"gates.{_about(subject)}_past_alarm"
    return message(code, subject=subject, example=example, **_rate(now))


def watched(intents: list[str]) -> Message:
    """Return what it means that intents (at least one) are only watched."""
    code = "gates.watched" if len(intents) <= _NAMED else "gates.many_watched"
    named = {"intents": intents} if len(intents) <= _NAMED else {}
    return message(code, n=len(intents), **named)


def undecided(found: Forecast, threshold: float) -> Message:
    """Return that the votes do not decide yet, and what it would take at the present rate.

    Args:
        found: the forecast of the examples to decide.
        threshold: the win rate that is to be passed.
    """
    if found.outlook is None:
        return UNDECIDED
    if not found.is_within:
        return message("gates.undecided_left", left=found.examples or 0)
    if found.examples is None:
        return message("gates.undecided_close", threshold=threshold)
    fails = message("gates.would_not_pass") if found.outlook is Outlook.FAIL else None
    return sentences([_takes(found, found.examples), fails])


def _takes(found: Forecast, examples: int) -> Message:
    """Return the forecast with its range, which is open when its far end means nothing."""
    more = rounded(examples)
    if found.low is None:
        return message("gates.undecided_more", more=more)
    low = rounded(found.low)
    if found.high is None or found.high > _WIDE * examples:
        return message("gates.undecided_more_open", more=more, low=low)
    high = rounded(found.high)
    if low == high:
        return message("gates.undecided_more", more=more)
    return message("gates.undecided_more_range", more=more, low=low, high=high)


def rounded(n: int) -> int:
    """Return a forecast with two figures at most: it is not known better."""
    if n < 2 * _FEW:
        return n
    step: int = 10 ** max(1, math.floor(math.log10(n)) - 1)
    return round(n / step) * step


def out_of_reach(left: int, threshold: float) -> Message:
    """Return that even winning all remaining examples would not pass the threshold."""
    return message("gates.out_of_reach", left=left, threshold=threshold)


def _about(subject: str) -> str:
    return "intent" if subject else "candidate"


def _rate(now: Figures) -> dict[str, Any]:
    return {"rate": now.estimate, "interval": bounds(now.interval)}
