"""Bearer tokens: whose request it is, and whether the token may be used for what is asked."""

from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja.security import HttpBearer

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.actions.members import token_digest
from reviewapp.people.models import ApiToken, Scope
from reviewapp.web.signed_in import TokenHolder, token_holder

BEARER = "bearer "
# A token that is used all day is written to once an hour, not at every request.
LAST_USED_RESOLUTION = timedelta(hours=1)


def token_of(request: HttpRequest) -> TokenHolder | None:
    """Return the valid token that this request carries; None without one."""
    header = request.headers.get("Authorization", "")
    if not header.lower().startswith(BEARER):
        return None
    found = token_holder(token_digest(header[len(BEARER) :].strip()))
    if found is None:
        return None
    now = timezone.now()
    if found.last_used_at is None or now - found.last_used_at > LAST_USED_RESOLUTION:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_RESOLUTION)
        ApiToken.objects.filter(stale, pk=found.token_id).update(last_used_at=now)
    return found


class TokenAuth(HttpBearer):
    """Admits a request whose token `ApiMiddleware` has looked up and that has the scope.

    Without a scope every token will do, which is only right for what says whose token it is.
    """

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the person, or None, which answers 401.

        Raises:
            PermissionDeniedError: the token is valid and was not made for this.
        """
        held: TokenHolder | None = getattr(request, "token", None)
        if held is None:
            return None
        if self.scope is not None and self.scope not in held.scopes:
            raise PermissionDeniedError(
                f"This token was not made for this. Make one with the scope “{self.scope.value}”."
            )
        return held.user
