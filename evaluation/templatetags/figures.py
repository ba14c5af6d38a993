"""How templates print figures, as the language of the page writes them."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.stats.raters import LeftShare
from reviewapp.core import formats

register = template.Library()
_HALF = 0.5


@register.filter
def side_label(found: LeftShare) -> str | Promise:
    """Which side the votes are shown to favour, in words; empty without a decisive vote."""
    if found.share is None:
        return ""
    if found.interval.contains(_HALF):
        return _("no side favoured")
    return _("favours the left") if found.share > _HALF else _("favours the right")


@register.filter
def favours_a_side(found: LeftShare) -> bool:
    """Whether the interval of the left share lies wholly on one side of one half."""
    return found.share is not None and not found.interval.contains(_HALF)


@register.filter
def percent(value: float | Fraction | None) -> str:
    """A proportion between 0 and 1 in percent, "64 %"; a dash for None."""
    return unbroken(formats.percent(None if value is None else float(value)))


@register.filter
def percent_range(found: Any) -> str:
    """An interval of proportions in percent, "53-74 %".

    Args:
        found: an object or a mapping with `lower` and `upper` between 0 and 1.
    """
    if isinstance(found, Mapping):
        return unbroken(formats.percent_range(found["lower"], found["upper"]))
    return unbroken(formats.percent_range(found.lower, found.upper))


@register.filter
def decimal_range(found: Any) -> str:
    """An interval of numbers that may be negative, with two decimals: "[-0.10, 0.58]".

    Args:
        found: an object with `lower` and `upper`.
    """
    return formats.decimal_range(found.lower, found.upper, 2)


@register.filter
def confidence(alpha: float) -> str:
    """What an interval with this chance of missing promises, "95 %"."""
    return unbroken(formats.confidence(alpha))


@register.filter
def points(value: float) -> str:
    """A difference of proportions, such as a standard error, in points: "2.1 points"."""
    return formats.points(value)


@register.filter
def hundred(value: float | None) -> float:
    """A proportion as a number from 0 to 100 for a chart; 0 for None, whose text says so."""
    return 0.0 if value is None else round(100 * value, 2)


@register.filter
def unbroken(shown: str) -> str:
    """Return a text in which the sign of a percentage cannot begin a line."""
    return shown.replace(" %", "\N{NO-BREAK SPACE}%")
