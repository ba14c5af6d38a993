"""Permissions for the adjudication of a run."""

from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import answers_denied_reason, figures_denied_reason
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


def require_adjudicator(user: User, run: EvaluationRun) -> None:
    """Check that a user may adjudicate in a run.

    What reviewers disagree on would influence a lead who votes in the open run; the page of
    examples, which shows the outcome, would unblind one who votes on the same models elsewhere.

    Raises:
        PermissionDeniedError: the user is no lead, votes in the run while it is open, or votes in
            an open run of one of its models.
    """
    require_lead(user, run.project)
    if denied := figures_denied_reason(user, run) or answers_denied_reason(user, run):
        raise PermissionDeniedError(denied)
