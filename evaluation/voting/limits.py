"""Times that limit what a reviewer may do, from the settings."""

from datetime import timedelta

from django.conf import settings


def undo_time() -> timedelta:
    """Return how long a vote can be undone after it filled its comparison; 0 for not at all."""
    return timedelta(seconds=settings.VOTE_UNDO_SECONDS)
