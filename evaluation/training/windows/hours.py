"""Weekly time windows in a time zone: which is open, and which opens next. Pure.

Times are those of the wall clock. A time that the clock skips counts as the moment of the jump; one
that occurs twice, when the clock is set back, counts at its first occurrence.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# A weekly window may lie within an hour that is skipped; then it opens a week later.
DAYS_AHEAD = 15


@dataclass(frozen=True)
class Hours:
    """A window of the week.

    Attributes:
        days: on which it opens, 0 is Monday.
        starts, ends: an end that is not after the start lies on the following day.
    """

    days: tuple[int, ...]
    starts: time
    ends: time


@dataclass(frozen=True)
class Opening:
    """One opening of a window, in UTC; the end is not part of it."""

    starts: datetime
    ends: datetime


def moment_of(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC at which the wall clock shows a time of a day."""
    local = datetime.combine(day, at, zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).time() == at:
        return found
    after = found.astimezone(zone).utcoffset()
    jump = local.replace(fold=1).astimezone(UTC)
    while jump < found and jump.astimezone(zone).utcoffset() != after:
        jump += MINUTE
    return jump


def current_or_next(windows: Iterable[Hours], zone: ZoneInfo, at: datetime) -> Opening | None:
    """Return the opening that a moment lies in, else the next one; None without a window.

    Args:
        windows: may overlap.
        zone: of their times.
        at: a moment with its zone.
    """
    windows = list(windows)
    today = at.astimezone(zone).date()
    days = [today + number * DAY for number in range(-1, DAYS_AHEAD)]
    found = [
        _opening(window, day, zone)
        for day in days
        for window in windows
        if day.weekday() in window.days
    ]
    coming = [opening for opening in found if opening.starts < opening.ends and opening.ends > at]
    return min(coming, key=lambda opening: (opening.starts, opening.ends), default=None)


def _opening(window: Hours, day: date, zone: ZoneInfo) -> Opening:
    last = day if window.ends > window.starts else day + DAY
    return Opening(moment_of(day, window.starts, zone), moment_of(last, window.ends, zone))
