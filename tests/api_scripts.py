"""Scripts of users: requests to the API with a token."""

from typing import Any

from django.test import Client

from reviewapp.people.actions.members import create_token
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member


class Script:
    """A script with a token of some scopes."""

    def __init__(self, user: User, *scopes: str) -> None:
        self.user = user
        secret = create_token(user=user, scopes=scopes).secret
        self._client = Client(headers={"Authorization": f"Bearer {secret}"})

    def post(self, path: str, **body: Any) -> Any:
        return self._client.post(f"/api/v1/{path}", body, content_type="application/json")

    def put(self, path: str, **body: Any) -> Any:
        return self._client.put(f"/api/v1/{path}", body, content_type="application/json")

    def delete(self, path: str) -> Any:
        return self._client.delete(f"/api/v1/{path}")

    def get(self, path: str) -> Any:
        return self._client.get(f"/api/v1/{path}")


def script_of_lead(project: Project, *scopes: str) -> Script:
    """Return the script of a new lead."""
    return Script(make_member(project, Role.LEAD), *scopes)
