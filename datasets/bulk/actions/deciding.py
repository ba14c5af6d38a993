"""Enter what a bulk action needs, confirm its preview, or cancel it."""

from django.db import transaction
from django.utils.translation import gettext

from datasets.bulk.models import BulkAction, BulkKind, Outcome, Params, Stage
from datasets.bulk.permissions import require_kind, require_own
from datasets.curation.actions.locking import required_text
from datasets.curation.actions.reviews import MAX_COMMENT_LENGTH
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.jobs.actions import cancel_job, continue_job
from reviewapp.people.models import ProjectEvent, User

NEEDS_REASON = frozenset(
    {BulkKind.REQUEST_CHANGES, BulkKind.REOPEN, BulkKind.RETIRE, BulkKind.DELETE}
)
TAKES_COMMENT = frozenset({BulkKind.SUBMIT, BulkKind.APPROVE, BulkKind.TAKE_BACK})
EVENT = "bulk_action"
"""The action of the project's event of a bulk action."""


@transaction.atomic
def choose_params(*, action_id: int, actor: User, params: Params) -> BulkAction:
    """Store what the kind needs, and check all examples again.

    Raises:
        PermissionDeniedError: another member started it.
        InvalidTransition: it is running or has changed examples.
    """
    action = _own(action_id, actor)
    action.items.update(outcome=Outcome.SELECTED, reason=None)
    started = action.stage != Stage.CHANGING and continue_job(
        action, stage=Stage.CHECKING, params=params, total=action.selected, done=0
    )
    if not started:
        raise InvalidTransition(gettext("This bulk action has begun. Select the examples again."))
    return action


@transaction.atomic
def confirm(*, action_id: int, actor: User, reason: str = "") -> BulkAction:
    """Change the examples that the preview found ready, and record the event.

    Raises:
        PermissionDeniedError: another member started it, or the actor lost the permission.
        InvalidTransition: there is no complete preview, or it was confirmed already.
        InvalidInput: the reason is missing or too long, or no example is ready.
    """
    action = _own(action_id, actor)
    if not action.is_checked:
        raise InvalidTransition(gettext("This bulk action has begun or was cancelled. Reload it."))
    reason = _checked_reason(action, reason)
    ready = action.items.filter(outcome=Outcome.READY).count()
    if not ready:
        raise InvalidInput(gettext("None of the selected examples can be changed."))
    # A repeated one begins with the reason of the first.
    entered = {name: value for name, value in action.params.items() if name != "reason"}
    params = {**entered, "reason": reason} if reason else entered
    continue_job(action, stage=Stage.CHANGING, params=params, total=ready, done=0)
    ProjectEvent.objects.create(
        project=action.project,
        actor=actor,
        action=EVENT,
        after=action.kind,
        reason=reason,
        detail={"bulk": action.pk, "examples": ready, "undoes": action.undoes_id},
    )
    return action


@transaction.atomic
def cancel(*, action_id: int, actor: User) -> bool:
    """Stop a bulk action; return False if it had ended. What it has changed stays.

    Raises:
        PermissionDeniedError: the actor neither started it nor is a lead.
    """
    action = BulkAction.objects.select_related("project", "created_by").get(pk=action_id)
    require_own(action, actor)
    if not cancel_job(action):
        return False
    ProjectEvent.objects.create(
        project=action.project,
        actor=actor,
        action="cancel_bulk_action",
        after=action.kind,
        detail={"bulk": action.pk, "done": action.done},
    )
    return True


def _own(action_id: int, actor: User) -> BulkAction:
    """Lock a bulk action of the actor.

    Raises:
        PermissionDeniedError: another member started it, or the actor lost the permission.
    """
    actions = BulkAction.objects.select_for_update(of=("self",))
    action = actions.select_related("project", "created_by", "undoes").get(pk=action_id)
    if action.created_by_id != actor.pk:
        raise PermissionDeniedError(
            gettext("Only %(member)s can confirm this bulk action. Start one of your own.")
            % {"member": action.created_by}
        )
    require_kind((action.undoes or action).kind, actor, action.project)
    return action


def _checked_reason(action: BulkAction, reason: str) -> str:
    """Return the reason or comment without outer space.

    Raises:
        InvalidInput: it is missing where it is required, or too long.
    """
    if action.kind in NEEDS_REASON:
        limits = {"max_length": MAX_COMMENT_LENGTH} if action.kind == "request_changes" else {}
        missing = gettext("Give the reason, for the other members.")
        return required_text(reason, message_if_empty=missing, **limits)
    reason = reason.strip() if action.kind in TAKES_COMMENT else ""
    return (
        required_text(reason, message_if_empty="", max_length=MAX_COMMENT_LENGTH) if reason else ""
    )
