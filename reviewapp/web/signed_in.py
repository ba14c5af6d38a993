"""Who somebody is, read at the start of every request: by a session, or by an API token.

Django's own statements, written out and planned once for each connection; what they mean, and all
that is stored and checked, stays as Django and allauth do it. Without this module a vote takes 32 %
more processor time (docs/benchmarks.md).
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
        """Return what the session holds; nothing where it is unknown or over."""
        row = fetch_one(_SESSION, {"key": self.session_key, "now": timezone.now()})
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types.
    """Sign-in by email address and password."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session; None if they are gone or not active."""
        row = fetch_one(_PERSON_BY_ID, {"id": user_id})
        if row is None:
            return None
        user = _PERSON.instance(row)
        return user if self.user_can_authenticate(user) else None


@dataclass(frozen=True)
class TokenHolder:
    """A valid token: whose it is, what it may be used for, when it was last used."""

    user: User
    token_id: int
    last_used_at: datetime | None
    scopes: frozenset[str]


def token_holder(digest: str) -> TokenHolder | None:
    """Return the valid token with this digest.

    None if there is none, it is revoked or expired, or its person is inactive or has yet to
    replace a one-time password.

    Args:
        digest: of the token's secret, as `token_digest` makes it.
    """
    row = fetch_one(_PERSON_BY_TOKEN, {"digest": digest, "now": timezone.now()})
    if row is None:
        return None
    token_id, last_used_at, scopes, *person = row
    return TokenHolder(_PERSON.instance(person), token_id, last_used_at, frozenset(scopes))
