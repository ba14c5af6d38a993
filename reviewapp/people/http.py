"""What every project page shares: its project, the caller's permissions, typed requests."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext
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
        PermissionDeniedError: the request has no signed-in user.
    """
    if isinstance(request.user, User):
        return request.user
    raise PermissionDeniedError(gettext("Sign in first."))


def wants_json(request: HttpRequest) -> bool:
    """Return whether the client asks for JSON, as the product's scripts do."""
    return request.headers.get("Accept", "").startswith("application/json")


def conditional_response(request: HttpRequest, headers: Mapping[str, str]) -> HttpResponse | None:
    """Return 304 to a client that has the content with this `ETag`; None to any other.

    Args:
        headers: of the response, with a strong ETag.
    """
    response: HttpResponse | None = get_conditional_response(request, etag=headers["ETag"])
    if response is not None:
        for name, value in headers.items():
            response[name] = value
    return response


def is_head_request(request: HttpRequest) -> bool:
    """Return whether this is a HEAD request, which the API middleware turns into a GET."""
    return request.method == "HEAD" or getattr(request, "is_head", False)


def require_project(
    user: User, slug: str, permission: Permission
) -> tuple[Project, frozenset[Permission]]:
    """Return the project with this slug and the user's permissions in it.

    Raises:
        Http404: no such project, or the user is not a member; the response is the same.
        PermissionDeniedError: a member without the permission.
    """
    project, permissions = project_of_member(user, slug)
    _check(permission, permissions, project)
    return project, permissions


def project_of_member(user: User, slug: str) -> tuple[Project, frozenset[Permission]]:
    """Return the project with this slug and the user's permissions in it.

    Raises:
        Http404: no such project, or the user is not a member; the response is the same.
    """
    project, permissions = project_and_permissions(user, slug)
    if project is None:
        raise Http404("No such project, or you are not a member of it.")
    return project, permissions


def _check(permission: Permission, permissions: frozenset[Permission], project: Project) -> None:
    if reason := permission_denied_reason(permissions, permission, project):
        raise PermissionDeniedError(reason)


def project_view(permission: Permission) -> Callable[[View], View]:
    """Return a decorator that admits members with this permission to a view.

    It takes the project's `slug` from the address and sets `request.project` and
    `request.permissions`. A user who is not a member gets 404, so that the response does not show
    which projects exist; a member without the permission gets 403 with the reason.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, slug: str, **kwargs: Any) -> HttpResponseBase:
            project, permissions = project_of_member(request.user, slug)
            # Before the check: the page with the reason shows the project and its navigation.
            request.project, request.permissions = project, permissions
            _check(permission, permissions, project)
            return view(request, *args, **kwargs)

        # tests/reviewapp/people/test_permissions.py reads it.
        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate
