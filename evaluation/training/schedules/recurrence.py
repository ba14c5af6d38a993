"""Recurring dates: a weekday of each week or month, at a time of the wall clock. Pure."""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import count
from zoneinfo import ZoneInfo

from evaluation.training.windows.hours import moment_of

WEEK_DAYS, MONTHS = 7, 12
LAST = -1
NUMBERS = (1, 2, 3, 4, LAST)
"""Which weekday of a month: the first to the fourth, or the last."""


class Every(StrEnum):
    """How often a date recurs."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Rule:
    """A recurring date.

    Attributes:
        weekday: 0 is Monday.
        number: which of these weekdays of a month, one of NUMBERS; without meaning in a week.
        at: of the wall clock.
    """

    every: Every
    weekday: int
    at: time
    number: int = 1


def dates_after(rule: Rule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """Yield the dates after a moment in UTC, one after the other without end."""
    first = after.astimezone(zone).date()
    days = _weekly(rule, first) if rule.every == Every.WEEK else _monthly(rule, first)
    for day in days:
        found = moment_of(day, rule.at, zone)
        if found > after:
            yield found


def last_due(rule: Rule, zone: ZoneInfo, since: datetime, now: datetime) -> datetime | None:
    """Return the latest date in the time from `since` to `now`, both included; None without one."""
    found = None
    for due in dates_after(rule, zone, since - timedelta(microseconds=1)):
        if due > now:
            break
        found = due
    return found


def _weekly(rule: Rule, first: date) -> Iterator[date]:
    begin = first + timedelta(days=(rule.weekday - first.weekday()) % WEEK_DAYS)
    for number in count():
        yield begin + timedelta(days=WEEK_DAYS * number)


def _monthly(rule: Rule, first: date) -> Iterator[date]:
    for number in count(first.month - 1):
        year, month = first.year + number // MONTHS, number % MONTHS + 1
        weekday_of_first, days = monthrange(year, month)
        day = 1 + (rule.weekday - weekday_of_first) % WEEK_DAYS
        if rule.number == LAST:
            day += WEEK_DAYS * ((days - day) // WEEK_DAYS)
        else:
            day += WEEK_DAYS * (rule.number - 1)
        yield date(year, month, day)
