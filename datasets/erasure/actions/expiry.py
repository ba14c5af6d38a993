"""Throwing away what nobody can use any more: it would only grow."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from reviewapp.people.models import IdempotencyKey

IDEMPOTENCY_KEY_LIFETIME = timedelta(days=7)
"""How long the answer to a write with an Idempotency-Key is kept for a repeat of it."""


def delete_expired() -> dict[str, int]:
    """Delete old answers to repeatable writes, and sessions that have ended. Returns how many."""
    now = timezone.now()
    keys, _ = IdempotencyKey.objects.filter(created_at__lt=now - IDEMPOTENCY_KEY_LIFETIME).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return {"idempotency_keys": keys, "sessions": sessions}
