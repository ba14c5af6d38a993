"""Days as the columns of a chart. Pure."""

from __future__ import annotations

from datetime import date, timedelta

MAX_COLUMNS = 60


def day_bins(first: date, last: date) -> list[tuple[date, date]]:
    """Return spans of days of equal length, both ends included, at most 60 of them.

    Args:
        first, last: the days that the spans cover, first <= last.
    """
    days = (last - first).days + 1
    width = -(-days // MAX_COLUMNS)
    starts = [first + timedelta(days=number) for number in range(0, days, width)]
    return [(start, min(last, start + timedelta(days=width - 1))) for start in starts]
