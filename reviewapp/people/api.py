"""Who may reach what through the API: the same permissions as on the pages."""

from django.http import Http404, HttpRequest

from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people import permissions
from reviewapp.people.http import person
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission


def project_of(request: HttpRequest, slug: str, permission: Permission) -> Project:
    """Return the project, if the token's person has this permission in it.

    Raises:
        Http404: no such project, or the person is no member: the answer does not tell which.
        PermissionDeniedError: a member without the permission.
    """
    project, granted = permissions.project_of(person(request), slug)
    if project is None:
        raise Http404
    if permission not in granted:
        raise PermissionDeniedError(permissions.missing_permission_reason(permission, project))
    return project
