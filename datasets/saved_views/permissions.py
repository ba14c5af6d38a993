"""Permissions to change saved views: one's own, and as a lead the project's."""

from django.utils.translation import gettext

from datasets.saved_views.models import SavedView
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, require_permission


def require_saving(user: User, project: Project, *, for_project: bool) -> None:
    """Check that a user may save, change or delete views of their own, or of the project.

    Raises:
        PermissionDeniedError: they are no member, or no lead.
    """
    require_permission(user, project, Permission.LEAD if for_project else Permission.VIEW)


def require_change(user: User, view: SavedView) -> None:
    """Check that a user may change a view.

    Raises:
        PermissionDeniedError: it is another member's, or the project's and they are no lead.
    """
    if view.owner_id not in {None, user.pk}:
        raise PermissionDeniedError(gettext("This view is another member's. Save one of your own."))
    require_saving(user, view.project, for_project=view.owner_id is None)
