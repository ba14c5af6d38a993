"""How templates print figures: the words of `stats.words`, so that page and report agree."""

from django import template

from evaluation.stats import words

register = template.Library()


@register.filter
def percent(value: float | None) -> str:
    """A proportion between 0 and 1 in percent, "64 %"; a dash for None."""
    return words.percent(value)


@register.filter
def hundred(value: float | None) -> float:
    """A proportion as a number from 0 to 100 for a chart; 0 for None, whose text says so."""
    return 0.0 if value is None else round(100 * value, 2)
