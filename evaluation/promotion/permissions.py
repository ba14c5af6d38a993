"""Who may sign a promotion, with the reason where they may not."""

from evaluation.promotion.models import Promotion
from evaluation.runs.permissions import figures_refusal
from reviewapp.people.independence import signature_refusal
from reviewapp.people.models import User


def sign_refusal(user: User, promotion: Promotion) -> str:
    """Return why this person may not sign a promotion that waits; empty if they may.

    Who signs is independent of who asked, and may see the evidence.
    """
    refusal = signature_refusal(
        user,
        asker=promotion.requested_by,
        asked_at=promotion.requested_at,
        project=promotion.project,
    )
    if refusal:
        return refusal
    return figures_refusal(user, promotion.run) if promotion.run else ""
