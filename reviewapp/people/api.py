"""The project of an API address, by the same permissions as on the pages."""

from django.http import HttpRequest

from reviewapp.people.http import require_project, signed_in_user
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission


def project_for(request: HttpRequest, slug: str, permission: Permission) -> Project:
    """Return the project with this slug, in which the token's user must have this permission.

    Raises:
        Http404: no such project, or the user is no member: the answer does not tell which.
        PermissionDeniedError: a member without the permission.
    """
    project, _permissions = require_project(signed_in_user(request), slug, permission)
    return project
