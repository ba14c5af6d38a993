"""Reads the user of a request, from the session or from an API token, with prepared statements.

The statements are those of Django, prepared once for each connection. Django and allauth still do
all checks and writes. Without this module a vote takes 32 % more processor time
(docs/benchmarks.md).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.utils import timezone
from psycopg import sql

from reviewapp.core.db.prepared import Columns, fetch_one
from reviewapp.people.models import User

_SESSION: Final = """
SELECT session_data FROM django_session
WHERE session_key = %(key)s AND expire_date > %(now)s
"""
_PERSON: Final = Columns.all_of(User)
_PERSON_BY_ID: Final = (
    sql.SQL("SELECT {columns} FROM people_user u WHERE u.id = %(id)s")
    .format(columns=_PERSON.of("u"))
    .as_string()
)
_PERSON_BY_TOKEN: Final = (
    sql.SQL("""
SELECT t.id, t.last_used_at, t.scopes, {columns}
FROM people_apitoken t JOIN people_user u ON u.id = t.user_id
WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND t.expires_at > %(now)s
  AND u.is_active AND NOT u.must_change_password
""")
    .format(columns=_PERSON.of("u"))
    .as_string()
)


class SessionStore(db.SessionStore):
    """Sessions in the database."""

    def load(self) -> dict[str, Any]:
        """Return the data of the session; empty if it is unknown or has expired."""
        row = fetch_one(_SESSION, {"key": self.session_key, "now": timezone.now()})
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types.
    """Sign-in by email address and password."""

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session; None if they were deleted or are inactive."""
        row = fetch_one(_PERSON_BY_ID, {"id": user_id})
        if row is None:
            return None
        user = _PERSON.instance(row)
        return user if self.user_can_authenticate(user) else None


@dataclass(frozen=True)
class TokenHolder:
    """A valid token with its user, scopes and time of last use."""

    user: User
    token_id: int
    last_used_at: datetime | None
    scopes: frozenset[str]


def token_holder(digest: str) -> TokenHolder | None:
    """Return the valid token with this digest.

    None if it does not exist, is revoked or expired, or if its user is inactive or still has a
    one-time password.

    Args:
        digest: of the token's secret, from `token_digest`.
    """
    row = fetch_one(_PERSON_BY_TOKEN, {"digest": digest, "now": timezone.now()})
    if row is None:
        return None
    token_id, last_used_at, scopes, *person = row
    return TokenHolder(_PERSON.instance(person), token_id, last_used_at, frozenset(scopes))
