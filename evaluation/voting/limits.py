"""Times that limit what a reviewer may do, from the settings."""

from datetime import timedelta

from django.conf import settings


def lease_duration() -> timedelta:
    """Return how long a comparison stays leased to a reviewer who is inactive."""
    return timedelta(seconds=settings.VOTE_LEASE_SECONDS)


def undo_time() -> timedelta:
    """Return how long a vote can be undone without a next comparison; 0 for no undo at all.

    A reviewer who is on the next comparison has longer (`undoable`).
    """
    return timedelta(seconds=settings.VOTE_UNDO_SECONDS)
