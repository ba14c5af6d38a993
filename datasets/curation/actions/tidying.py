"""Throwing away what nobody can use any more: it would only grow."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from reviewapp.people.models import IdempotencyKey

KEY_LIFE = timedelta(days=7)
"""How long the answer to a write with an Idempotency-Key is kept for a repeat of it."""


def throw_away() -> dict[str, int]:
    """Delete old answers to repeatable writes, and sessions that have ended. Returns how many."""
    now = timezone.now()
    keys, _ = IdempotencyKey.objects.filter(created_at__lt=now - KEY_LIFE).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return {"idempotency_keys": keys, "sessions": sessions}
