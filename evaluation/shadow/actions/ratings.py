"""What people say about the answers of a shadow check."""

from django.db import transaction

from evaluation.shadow.actions.checks import lock_check, record
from evaluation.shadow.models import ShadowAnswer, ShadowCheck, ShadowRating
from evaluation.shadow.permissions import answers_denied_reason
from reviewapp.core.errors import InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def rate_answer(
    *, answer_id: int, concise: bool, consistent: bool, in_tone: bool, actor: User
) -> ShadowRating:
    """Store a rating of an answer; a later one of the same person replaces it in the figures.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes where the answers would tell.
        InvalidTransition: there is no answer to rate.
    """
    answer = ShadowAnswer.objects.get(pk=answer_id)
    found = lock_check(answer.shadow_check_id)
    require_lead(actor, found.project)
    require_readable(actor, found)
    answer.refresh_from_db()
    if answer.state != ShadowAnswer.State.DONE or answer.erased_at is not None:
        raise InvalidTransition(message("shadow.nothing_to_rate"))
    rating = ShadowRating.objects.create(
        answer=answer, rated_by=actor, concise=concise, consistent=consistent, in_tone=in_tone
    )
    answers = {"concise": concise, "consistent": consistent, "in_tone": in_tone}
    record(found, "rate_shadow_answer", actor, {"position": answer.position, **answers})
    return rating


def require_readable(actor: User, found: ShadowCheck) -> None:
    """Check that a user may read the answers of a check.

    Raises:
        PermissionDeniedError: they vote in an open run that the answers would unblind.
    """
    examples = list(found.answers.values_list("revision__example", flat=True))
    if denied := answers_denied_reason(actor, found.model_version_id, examples):
        raise PermissionDeniedError(denied)
