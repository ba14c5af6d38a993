"""How fast a training goes on since it was last resumed. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

FEWEST: Final = 2
"""Reports that a time between reports needs."""


def pace_of(reports: Iterable[datetime], restarts: Iterable[datetime]) -> timedelta | None:
    """Return the mean time between two reports of steps, without the time that it was stopped.

    Of what was trained since the last restart; before that has two reports, of what came before it.
    """
    for part in reversed(_parts(sorted(reports), sorted(restarts))):
        if len(part) >= FEWEST:
            return (part[-1] - part[0]) / (len(part) - 1)
    return None


def _parts(reports: Sequence[datetime], restarts: Sequence[datetime]) -> list[list[datetime]]:
    """Return the reports in order, those between two restarts in one list."""
    parts: list[list[datetime]] = [[]]
    at = 0
    for report in reports:
        while at < len(restarts) and restarts[at] <= report:
            parts.append([])
            at += 1
        parts[-1].append(report)
    return parts


def time_paused(stages: Iterable[tuple[datetime, bool]], now: datetime) -> timedelta:
    """Return how long a training was paused; each pair is a change, and whether it is a pause."""
    total, since = timedelta(), None
    for at, is_pause in sorted(stages):
        if since is not None:
            total += at - since
        since = at if is_pause else None
    return total + (now - since if since is not None else timedelta())
