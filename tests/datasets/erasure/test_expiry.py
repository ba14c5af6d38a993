"""Deletion of expired keys and sessions."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from datasets.erasure.tasks import delete_expired
from reviewapp.people.models import IdempotencyKey
from tests.factories.people import make_user

pytestmark = pytest.mark.django_db


def test_only_expired_keys_and_sessions_are_deleted() -> None:
    user, now = make_user(), timezone.now()
    for key, days in (("old", 8), ("new", 6)):
        IdempotencyKey.objects.create(user=user, key=key, created_at=now - timedelta(days=days))
    for key, hours in (("ended", -1), ("alive", 1)):
        until = now + timedelta(hours=hours)
        Session.objects.create(session_key=key, session_data="", expire_date=until)
    others = {"bulk_previews": 0, "retention": 0, "unused_files": 0}
    assert delete_expired() == {"idempotency_keys": 1, "sessions": 1} | others
    assert IdempotencyKey.objects.get().key == "new"
    assert Session.objects.get().session_key == "alive"
    assert delete_expired() == {"idempotency_keys": 0, "sessions": 0} | others
