"""What every project page shares: its project, the caller's powers, typed requests."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from django_htmx.middleware import HtmxDetails

from reviewapp.core.errors import NotAllowed
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import POWER_NEEDS, Power, project_of

View = Callable[..., HttpResponseBase]


class ProjectRequest(HttpRequest):
    """A request of a signed-in member to a page of one project."""

    user: User
    htmx: HtmxDetails
    project: Project
    powers: frozenset[Power]


def person(request: HttpRequest) -> User:
    """Return the signed-in person of a page outside any project.

    Raises:
        NotAllowed: nobody is signed in.
    """
    if isinstance(request.user, User):
        return request.user
    raise NotAllowed("Sign in first.")


def has_already(request: HttpRequest, etag: str) -> bool:
    """Whether a client has this ETag. A proxy that compresses makes it a weak one (W/"...")."""
    known = [
        each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))
    ]
    return etag in known or known == ["*"]


def asks_for_headers(request: HttpRequest) -> bool:
    """Whether only the headers of the answer are wanted (HEAD, which the API answers as a GET)."""
    return request.method == "HEAD" or getattr(request, "is_head", False)


def project_view(power: Power) -> Callable[[View], View]:
    """Let only members with `power` reach the view; set `request.project` and `request.powers`.

    The address holds the project as `slug`, which the view does not receive. A stranger gets 404,
    so that nobody learns which projects exist; a member without the power gets 403 with the reason.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Any, *args: Any, slug: str, **kwargs: Any) -> HttpResponseBase:
            project, powers = project_of(request.user, slug)
            if project is None:
                raise Http404("No such project, or you are not a member of it.")
            if power not in powers:
                raise NotAllowed(
                    f"Only {POWER_NEEDS[power]} can open this page. "
                    f"Ask a lead of {project.name} to give you the role."
                )
            request.project, request.powers = project, powers
            return view(request, *args, **kwargs)

        # The permission test reads which power each address asks for.
        guarded.power = power  # type: ignore[attr-defined]
        return guarded

    return decorate
