"""What every project page shares: its project, the caller's permissions, typed requests."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django_htmx.middleware import HtmxDetails

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import (
    Permission,
    permission_denied_reason,
    project_and_permissions,
)

View = Callable[..., HttpResponseBase]


class ProjectRequest(HttpRequest):
    """A request of a signed-in member to a page of one project."""

    user: User
    htmx: HtmxDetails
    project: Project
    permissions: frozenset[Permission]


def signed_in_user(request: HttpRequest) -> User:
    """Return the signed-in user of a page outside any project.

    Raises:
        PermissionDeniedError: nobody is signed in.
    """
    if isinstance(request.user, User):
        return request.user
    raise PermissionDeniedError("Sign in first.")


def wants_json(request: HttpRequest) -> bool:
    """Whether a script asks, which reads the answer as JSON."""
    return request.headers.get("Accept", "").startswith("application/json")


def conditional_response(request: HttpRequest, headers: Mapping[str, str]) -> HttpResponse | None:
    """Return the answer to a client that knows the content with this `ETag`; None for any other.

    Args:
        headers: of the answer, the strong ETag among them.
    """
    response: HttpResponse | None = get_conditional_response(request, etag=headers["ETag"])
    if response is not None:
        for name, value in headers.items():
            response[name] = value
    return response


def is_head_request(request: HttpRequest) -> bool:
    """Whether only the headers of the answer are wanted (HEAD, which the API answers as a GET)."""
    return request.method == "HEAD" or getattr(request, "is_head", False)


def require_project(
    user: User, slug: str, permission: Permission
) -> tuple[Project, frozenset[Permission]]:
    """Return the project with this slug and the person's permissions, of which this must be one.

    Raises:
        Http404: no such project, or the person is no member: the answer does not tell which.
        PermissionDeniedError: a member without the permission.
    """
    project, permissions = project_and_permissions(user, slug)
    if project is None:
        raise Http404("No such project, or you are not a member of it.")
    if reason := permission_denied_reason(permissions, permission, project):
        raise PermissionDeniedError(reason)
    return project, permissions


def project_view(permission: Permission) -> Callable[[View], View]:
    """Let only members with this permission reach the view.

    Sets `request.project` and `request.permissions`.

    The address holds the project as `slug`, which the view does not receive. A stranger gets 404,
    so that nobody learns which projects exist; a member without the permission gets 403 with the
    reason.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, slug: str, **kwargs: Any) -> HttpResponseBase:
            request.project, request.permissions = require_project(request.user, slug, permission)
            return view(request, *args, **kwargs)

        # The permission test reads which permission each address asks for.
        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
