"""Permissions to start, confirm, cancel and undo a bulk action.

What each example allows is asked from `datasets.curation.permissions`, as on its own page.
"""

from django.utils.translation import gettext

from datasets.bulk.models import BulkAction, BulkKind
from datasets.curation.permissions import require_participation
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permissions_of, require_permission

NEEDED: dict[BulkKind, Permission | None] = {
    BulkKind.SUBMIT: Permission.CURATE,
    BulkKind.APPROVE: Permission.REVIEW,
    BulkKind.REQUEST_CHANGES: Permission.REVIEW,
    BulkKind.LABEL: Permission.CURATE,
    BulkKind.ASSIGN: Permission.CURATE,
    BulkKind.SPLIT: Permission.CURATE,
    BulkKind.REPLACE_FINDINGS: Permission.CURATE,
    BulkKind.REPLACE_TEXT: Permission.CURATE,
    # Members who curate or review.
    BulkKind.REOPEN: None,
    BulkKind.RETIRE: Permission.CURATE,
    BulkKind.DELETE: Permission.CURATE,
    BulkKind.TAKE_BACK: Permission.CURATE,
    BulkKind.IMPORT_LABELS: Permission.CURATE,
}
# Started on a page of its own, and recorded by imports.
_NOT_IN_MENU = frozenset({BulkKind.TAKE_BACK, BulkKind.IMPORT_LABELS})


def kinds_for(permissions: frozenset[Permission]) -> list[BulkKind]:
    """Return the kinds that a member with these permissions may start, in the order of the menu."""
    participates = bool(permissions & {Permission.CURATE, Permission.REVIEW})
    return [
        kind
        for kind, needed in NEEDED.items()
        if kind not in _NOT_IN_MENU and (participates if needed is None else needed in permissions)
    ]


def require_kind(kind: str, user: User, project: Project) -> None:
    """Check that the user may do this to examples of the project.

    Raises:
        PermissionDeniedError: they may not.
    """
    needed = NEEDED[BulkKind(kind)]
    if needed is None:
        require_participation(permissions_of(user, project), project)
    else:
        require_permission(user, project, needed)


def require_own(action: BulkAction, user: User) -> None:
    """Check that the user may confirm, cancel or undo a bulk action.

    Raises:
        PermissionDeniedError: they neither started it nor are a lead, or lost the permission.
    """
    is_lead = Permission.LEAD in permissions_of(user, action.project)
    if user.pk != action.created_by_id and not is_lead:
        if action.created_by is None:
            raise PermissionDeniedError(gettext("Only a lead can do this."))
        raise PermissionDeniedError(
            gettext("Only %(member)s or a lead can do this.") % {"member": action.created_by}
        )
    undone = action.undoes or action
    require_kind(undone.kind, user, action.project)
