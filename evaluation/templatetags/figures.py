"""How templates print figures: the words of `stats.words`, so that page and report agree."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import template

from evaluation.stats import words
from evaluation.stats.intervals import Interval

register = template.Library()


@register.filter
def percent(value: float | Fraction | None) -> str:
    """A proportion between 0 and 1 in percent, "64 %"; a dash for None."""
    return words.percent(None if value is None else float(value))


@register.filter
def percent_range(found: Any) -> str:
    """An interval of proportions in percent, "53-74 %".

    Args:
        found: an object or a mapping with `lower` and `upper` between 0 and 1.
    """
    if isinstance(found, Mapping):
        return words.percent_range(Interval(found["lower"], found["upper"]))
    return words.percent_range(Interval(found.lower, found.upper))


@register.filter
def confidence(alpha: float) -> str:
    """What an interval with this chance of missing promises, "95 %"."""
    return words.percent(1 - alpha)


@register.filter
def points(value: float) -> str:
    """A difference of proportions, such as a standard error, in points: "2.1 points"."""
    return f"{100 * value:.1f} points"


@register.filter
def hundred(value: float | None) -> float:
    """A proportion as a number from 0 to 100 for a chart; 0 for None, whose text says so."""
    return 0.0 if value is None else round(100 * value, 2)
