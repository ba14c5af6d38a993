"""Who may sign a promotion, with the reason where they may not."""

from evaluation.promotion.models import Promotion
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.people.independence import signature_denied_reason
from reviewapp.people.models import User


def sign_denied_reason(user: User, promotion: Promotion) -> str:
    """Return why this person may not sign a promotion that waits; empty if they may.

    Who signs is independent of who asked, and may see the evidence.
    """
    refusal = signature_denied_reason(
        user,
        asker=promotion.requested_by,
        asked_at=promotion.requested_at,
        project=promotion.project,
    )
    if refusal:
        return refusal
    return figures_denied_reason(user, promotion.run) if promotion.run else ""
