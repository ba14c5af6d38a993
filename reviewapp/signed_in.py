"""Who somebody is, read at the start of every request: their session, and the person it names.

Django's own two statements, written out and planned once for each connection; what they mean, and
all that is stored and checked, stays as Django and allauth do it (docs/benchmarks.md).
"""

from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.db import DEFAULT_DB_ALIAS
from django.utils import timezone
from psycopg import sql

from datasets.models import User
from datasets.prepared import columns, prepared_cursor

_SESSION: Final = """
SELECT session_data FROM django_session
WHERE session_key = %(key)s AND expire_date > %(now)s
"""
_PERSON: Final = [field.attname for field in User._meta.concrete_fields]
_PERSON_BY_ID: Final = (
    sql.SQL("SELECT {columns} FROM datasets_user u WHERE u.id = %(id)s")
    .format(columns=columns("u", _PERSON))
    .as_string()
)


class SessionStore(db.SessionStore):
    """Sessions in the database."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds; nothing where it is unknown or over."""
        with prepared_cursor() as cursor:
            cursor.execute(_SESSION, {"key": self.session_key, "now": timezone.now()})
            row = cursor.fetchone()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row[0])


class Backend(AuthenticationBackend):  # type: ignore[misc]  # allauth has no types.
    """Sign-in by e-mail address and password."""

    def get_user(self, user_id: int) -> User | None:
        """Return the person of a session; None if they are gone or not active."""
        with prepared_cursor() as cursor:
            cursor.execute(_PERSON_BY_ID, {"id": user_id})
            row = cursor.fetchone()
        if row is None:
            return None
        user = User.from_db(DEFAULT_DB_ALIAS, _PERSON, row)
        return user if self.user_can_authenticate(user) else None
