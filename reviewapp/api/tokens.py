"""Whose request is it: bearer tokens, looked up by their digest."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from datasets.actions.people import token_digest
from datasets.models import ApiToken, User
from reviewapp.signed_in import holder_of

BEARER = "bearer "
# A token that is used all day is written to once an hour, not at every request.
LAST_USED_RESOLUTION = timedelta(hours=1)


def person_behind(request: HttpRequest) -> User | None:
    """Return who sent this request by its token; None without one, or if it was revoked."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith(BEARER):
        return None
    found = holder_of(token_digest(header[len(BEARER) :].strip()))
    if found is None:
        return None
    user, token_id, last_used_at = found
    now = timezone.now()
    if last_used_at is None or now - last_used_at > LAST_USED_RESOLUTION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_RESOLUTION)
        ApiToken.objects.filter(stale, pk=token_id).update(last_used_at=now)
    return user


class TokenAuth(HttpBearer):
    """Lets a request through whose token `ApiMiddleware` has already looked up."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the person, or None, which answers 401."""
        return getattr(request, "token_user", None)
