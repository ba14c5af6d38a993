"""Delete expired sessions and idempotency keys."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from reviewapp.people.models import IdempotencyKey

IDEMPOTENCY_KEY_LIFETIME = timedelta(days=7)
"""How long the response to a request with an Idempotency-Key is kept for retries."""


def delete_expired() -> dict[str, int]:
    """Delete expired idempotency keys and sessions; return their numbers."""
    now = timezone.now()
    keys, _ = IdempotencyKey.objects.filter(created_at__lt=now - IDEMPOTENCY_KEY_LIFETIME).delete()
    sessions, _ = Session.objects.filter(expire_date__lt=now).delete()
    return {"idempotency_keys": keys, "sessions": sessions}
