"""What the page, the command and the gates say: plain sentences about intervals.

Plain text; the page sets its own emphasis. Proportions go in from 0 to 1 and come out as
percent. No sentence speaks of certainty about the candidate, only of what the interval shows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from evaluation.stats.forecast import Forecast, Outlook

if TYPE_CHECKING:
    from datetime import date

    from evaluation.stats.figures import Figures
    from evaluation.stats.intervals import Interval
    from evaluation.stats.tally import Shares

NOTHING = "\N{EN DASH}"
"""What is shown in place of a win rate of no examples."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_FEW = 10
_WIDE = 10
_NAMED = 4
_HALF = 0.5


def percent_number(value: float) -> str:
    """A proportion in percent without the sign: "64"; one decimal below 1 and above 99.

    0 and 100 are kept for what is exactly 0 or 1.
    """
    hundredths = 100 * value
    if value <= 0 or value >= 1 or 1 <= hundredths <= 99:  # noqa: PLR2004 - percent.
        return f"{hundredths:.0f}"
    return f"{min(99.9, max(0.1, hundredths)):.1f}"


def percent(value: float | None) -> str:
    """A proportion in percent, "64 %" or "0.9 %"; a dash for None."""
    return NOTHING if value is None else f"{percent_number(value)} %"


def percent_range(interval: Interval) -> str:
    """An interval of proportions in percent: "53-74 %"."""
    return f"{percent_number(interval.lower)}-{percent_number(interval.upper)} %"


def percent_beside(value: float, line: float) -> str:
    """A proportion with as many decimals as it takes to tell it from the line it is held to."""
    shown = percent(value)
    decimals = 1
    while value != line and shown == percent(line) and decimals < 7:  # noqa: PLR2004 - enough.
        shown = f"{100 * value:.{decimals}f} %"
        if shown == f"{100 * line:.{decimals}f} %":
            shown = percent(line)
        decimals += 1
    return shown


def count_of(n: int, noun: str = "example") -> str:
    """A number with its noun: "1 example", "118 examples"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def day(value: date) -> str:
    """A day in words: "12 May"."""
    return f"{value.day} {_MONTHS[value.month - 1]}"


def listed(names: list[str]) -> str:
    """Names in a row: "Returns, Refunds and Sizing"."""
    if len(names) < 2:  # noqa: PLR2004 - one name needs no "and".
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def estimate_sentence(figures: Figures, *, alpha: float, shares: Shares | None = None) -> str:
    """Say the win rate with its interval, and what may be concluded from it.

    Args:
        figures: of the whole run, an intent or a slice.
        alpha: the chance of missing that the interval was made with.
        shares: of the same examples, to be said beside the rate.
    """
    promise = (
        "Look as often as you like: the chance that this interval ever misses the true "
        f"win rate is at most {percent(alpha)}."
    )
    if figures.estimate is None:
        return f"No example is counted yet: {NOTHING}, and any win rate from 0 to 100 % is open."
    few = f"{count_of(figures.n)}. " if figures.n < _FEW else ""
    return (
        f"{few}Win rate {percent(figures.estimate)} (ties count half){_of_shares(shares)}. "
        f"{percent(1 - alpha)} interval {percent_range(figures.interval)}. {promise}"
    )


def _of_shares(shares: Shares | None) -> str:
    """The four shares behind a win rate: half of it may be ties, good or bad."""
    if shares is None:
        return ""
    named = {
        "won": shares.win,
        "both good": shares.tie_good,
        "both bad": shares.tie_bad,
        "lost": shares.loss,
    }
    return ": " + ", ".join(f"{word} {percent(float(share))}" for word, share in named.items())


def better_sentence(threshold: float, *, example: int, on: date | None, now: Figures) -> str:
    """Say that the overall gate passed, when, and where the interval lies now.

    Args:
        threshold: the win rate that was passed.
        example: number of the counted example at which it was.
        on: the day, when it is known.
        now: the figures at present.
    """
    return _passed(
        "Better overall" if threshold >= _HALF else "Passed", threshold, example, on, now
    )


def not_worse_sentence(threshold: float, *, example: int, on: date | None, now: Figures) -> str:
    """Say that an intent passed its threshold, when, and where the interval lies now.

    Arguments as for `better_sentence`.
    """
    return _passed(_claim(threshold), threshold, example, on, now)


def _claim(threshold: float) -> str:
    if threshold == _HALF:
        return "Better"
    if threshold > _HALF:
        return f"Better by more than {_points(threshold - _HALF)}"
    return f"Not worse by more than {_points(_HALF - threshold)}"


def _points(difference: float) -> str:
    points = f"{100 * difference:.1f}".removesuffix(".0")
    return f"{points} point" if points == "1" else f"{points} points"


def _passed(claim: str, threshold: float, example: int, on: date | None, now: Figures) -> str:
    when = f"{day(on)}, example {example}" if on else f"example {example}"
    if now.lower > threshold:
        return f"{claim}: the interval lies above {percent(threshold)} since {when}."
    place = f"example {example} ({day(on)})" if on else f"example {example}"
    return f"Passed {percent(threshold)} on {place}, now {rate_now(now)}."


def passed_once_sentence(threshold: float, *, now: Figures) -> str:
    """Say that the interval over all examples of a finished study lies above a threshold."""
    return (
        f"{_claim(threshold)}: the interval over all {count_of(now.n)} lies above "
        f"{percent(threshold)}."
    )


def rate_now(figures: Figures) -> str:
    """A win rate with its interval: "37 % (11-70 %)"."""
    return f"{percent(figures.estimate)} ({percent_range(figures.interval)})"


def alarm_sentence(subject: str, figures: Figures, *, example: int | None = None) -> str:
    """Say that an intent, or the whole run (empty subject), got worse, and since when."""
    since = f", since example {example}" if example else ""
    return (
        f"{subject or 'The candidate'} got worse: {percent(figures.estimate)}, "
        f"interval {percent_range(figures.interval)}{since}."
    )


def past_alarm_sentence(subject: str, figures: Figures, *, example: int | None) -> str:
    """Say that an alarm was raised earlier and that the present interval does not repeat it."""
    return (
        f"{subject or 'The candidate'} had an alarm at example {example}, now {rate_now(figures)}."
    )


def watched_sentence(subjects: list[str]) -> str:
    """Say what it means that intents (at least one) are only watched."""
    if len(subjects) == 1:
        return f"{subjects[0]} is watched, not gated: it was not shown to be safe."
    names = listed(subjects) if len(subjects) <= _NAMED else f"{len(subjects)} intents"
    return f"{names} are watched, not gated: they were not shown to be safe."


def undecided_sentence(found: Forecast, threshold: float) -> str:
    """Say that the votes do not decide yet, and what it would take at the present rate.

    Args:
        found: the forecast of the examples to decide.
        threshold: the win rate that is to be passed.
    """
    if found.outlook is None:
        return "Undecided. Keep voting."
    if not found.is_within:
        left = count_of(found.examples or 0)
        return f"Undecided. At the present rate the {left} left will probably not decide it."
    if found.examples is None:
        return (
            f"Undecided. The rate is too close to {percent(threshold)} "
            "to say how many more examples it takes."
        )
    more = count_of(_rounded(found.examples), "more example")
    against = ", and the candidate would not pass" if found.outlook is Outlook.FAIL else ""
    return f"Undecided. At the present rate about {more}{_around(found)}{against}."


def _around(found: Forecast) -> str:
    """The range behind a forecast, open when its far end says nothing."""
    if found.examples is None or found.low is None:
        return ""
    low = _rounded(found.low)
    if found.high is None or found.high > _WIDE * found.examples:
        return f" ({low:,} or more)"
    high = _rounded(found.high)
    return "" if low == high else f" ({low:,}-{high:,})"


def _rounded(n: int) -> int:
    """Two figures at most: a forecast is not known better."""
    if n < 2 * _FEW:
        return n
    step: int = 10 ** max(1, math.floor(math.log10(n)) - 1)
    return round(n / step) * step


def out_of_reach_sentence(left: int, threshold: float) -> str:
    """Say that even winning all remaining examples would not pass the threshold."""
    return (
        f"Cannot pass {percent(threshold)} with the {count_of(left)} left, "
        "even if the candidate won all of them."
    )
