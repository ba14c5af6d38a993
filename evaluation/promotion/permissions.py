"""Permission to sign a promotion, with the reason if it is missing."""

from evaluation.promotion.models import Promotion
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.people.independence import signature_denied_reason
from reviewapp.people.models import User


def sign_denied_reason(user: User, promotion: Promotion) -> str:
    """Return why this user may not sign a pending promotion; empty if they may.

    A signer is independent of the lead who requested it, and may see the figures of its run.
    """
    denied = signature_denied_reason(
        user,
        asker=promotion.requested_by,
        asked_at=promotion.requested_at,
        project=promotion.project,
    )
    if denied:
        return denied
    return figures_denied_reason(user, promotion.run) if promotion.run else ""
