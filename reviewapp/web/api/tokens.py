"""Authentication by bearer token, and the check of its scope."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.actions.members import token_digest
from reviewapp.people.models import ApiToken, Scope
from reviewapp.web.authentication import TokenHolder, token_holder

BEARER = "bearer "
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
# `last_used_at` is written at most once an hour, not with every request.
LAST_USED_RESOLUTION = timedelta(hours=1)


def token_of(request: HttpRequest) -> TokenHolder | None:
    """Return the valid token of this request; None if it has none."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith(BEARER):
        return None
    bearer = token_holder(token_digest(header[len(BEARER) :].strip()))
    if bearer is None:
        return None
    now = timezone.now()
    if bearer.last_used_at is None or now - bearer.last_used_at > LAST_USED_RESOLUTION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_RESOLUTION)
        ApiToken.objects.filter(stale, pk=bearer.token_id).update(last_used_at=now)
    return bearer


class TokenAuth(HttpBearer):
    """Admits a request whose token, found by `ApiMiddleware`, has the scope.

    Without a scope it admits every token, which is right only for `/me`. Requests that write need
    `writes` instead, where it is given.
    """

    def __init__(self, scope: Scope | None = None, *, writes: Scope | None = None) -> None:
        super().__init__()
        self.scope, self.writes = scope, writes or scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the user, or None, for which the response is 401.

        Raises:
            PermissionDeniedError: the token is valid and lacks the scope.
        """
        bearer: TokenHolder | None = getattr(request, "token", None)
        if bearer is None:
            return None
        scope = self.scope if request.method in SAFE_METHODS else self.writes
        if scope is not None and scope not in bearer.scopes:
            raise PermissionDeniedError(  # not translated: the API is English
                f"This token lacks the scope “{scope.value}”. Create one that has it."
            )
        return bearer.user
