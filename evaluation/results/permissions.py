"""Permissions for the figures of single reviewers."""

from django.utils.translation import gettext

from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission, permissions_of


def require_reviewer_page(reader: User, member: User, project: Project) -> None:
    """Check that a user may open the page of a reviewer: it is their own, or they lead.

    Raises:
        PermissionDeniedError: neither.
    """
    if reader.pk != member.pk and Permission.LEAD not in permissions_of(reader, project):
        raise PermissionDeniedError(
            gettext("Only a lead can read how others vote. Your own page is under Vote.")
        )


def reviewer_figures_denied_reason(reader: User, run: EvaluationRun) -> str:
    """Return why a user may not see how reviewers vote in a run; empty if they may.

    Sides, agreement and gold checks would influence the reader's own votes in an open run.
    """
    if figures_denied_reason(reader, run):
        return gettext("You vote in this run. The rest is shown when it is closed.")
    return ""
