"""Who may reach what through the API: the same powers as on the pages."""

from django.http import Http404, HttpRequest

from reviewapp.core.errors import NotAllowed
from reviewapp.people import permissions
from reviewapp.people.http import person
from reviewapp.people.models import Project
from reviewapp.people.permissions import Power


def project_of(request: HttpRequest, slug: str, power: Power) -> Project:
    """Return the project, if the token's person has this power in it.

    Raises:
        Http404: no such project, or the person is no member: the answer does not tell which.
        NotAllowed: a member without the power.
    """
    project, powers = permissions.project_of(person(request), slug)
    if project is None:
        raise Http404
    if power not in powers:
        raise NotAllowed(permissions.refusal_for_want_of(power, project))
    return project
