"""Run the present stage of a bulk action chunk by chunk; a killed worker's job is continued.

Each chunk is a transaction that also stores the outcome of its examples: none is changed twice.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from datasets.bulk.actions.kinds import Rules, rules_of
from datasets.bulk.actions.targets import Target, items_to_do, latest_events, targets_of
from datasets.bulk.models import REVISING, BulkAction, BulkItem, Outcome, Stage
from reviewapp.core.db.updating import update_rows
from reviewapp.core.errors import DomainError, PermissionDeniedError
from reviewapp.core.messages import Message, message
from reviewapp.jobs.actions import ClaimLost, claim_job, finish_job, lock_claimed

CHECK_CHUNK = 500
# Of kinds that store revisions, or take them back, and of all others.
REVISE_CHUNK, CHANGE_CHUNK = 100, 500


def run_bulk_action(action_id: int) -> None:
    """Check or change the remaining examples of a bulk action; safe to call twice."""
    action = claim_job(BulkAction, action_id)
    if action is None:
        return
    step = _check_chunk if action.stage == Stage.CHECKING else _change_chunk
    try:
        while step(action):
            pass
    except ClaimLost:
        return
    finish_job(action)


@transaction.atomic
def _check_chunk(action: BulkAction) -> bool:
    """Store for the next examples whether they can be changed; return False if none is left.

    Raises:
        ClaimLost: another worker holds the job, or it was cancelled.
    """
    row = lock_claimed(action)
    items = list(items_to_do(row, Outcome.SELECTED)[:CHECK_CHUNK])
    if not items:
        return False
    rules = rules_of(row)
    for target in targets_of(row, items):
        if _is_allowed(target, rules):
            target.item.outcome = Outcome.READY
    _store(row, items)
    return True


@transaction.atomic
def _change_chunk(action: BulkAction) -> bool:
    """Change the next examples; return False if none is left.

    Raises:
        ClaimLost: another worker holds the job, or it was cancelled.
    """
    row = lock_claimed(action)
    rules = rules_of(row)
    items = list(items_to_do(row, Outcome.READY)[: _chunk_size(row)])
    if not items:
        return False
    changed = [target.item for target in _change(targets_of(row, items, is_locking=True), rules)]
    events = latest_events([item.example_id for item in changed])
    for item in changed:
        item.outcome, item.event = Outcome.CHANGED, events[item.example_id]
    _store(row, items)
    return True


def _chunk_size(action: BulkAction) -> int:
    changed = action.undoes or action
    return REVISE_CHUNK if changed.kind in REVISING else CHANGE_CHUNK


def _change(targets: Iterable[Target], rules: Rules) -> list[Target]:
    """Change examples; return those that were not rejected."""
    allowed = [target for target in targets if _is_allowed(target, rules)]
    if allowed:
        rules.perform(allowed)
    return allowed


def _is_allowed(target: Target, rules: Rules) -> bool:
    """Return whether an example can be changed, and otherwise reject it."""
    try:
        target.check_unchanged()
        rules.check(target)
    except DomainError as error:
        _reject(target.item, error)
        return False
    return True


def _reject(item: BulkItem, error: DomainError) -> None:
    item.outcome, item.reason = Outcome.REJECTED, _reason(error)


def _reason(error: DomainError) -> Message:
    """Return the reason as a code; a rule without one is named by its kind."""
    if isinstance(error.message, Message):
        return error.message
    is_denied = isinstance(error, PermissionDeniedError)
    return message("bulk.not_allowed" if is_denied else "bulk.not_possible")


def _store(action: BulkAction, items: Iterable[BulkItem]) -> None:
    finished = list(items)
    update_rows(finished, ["outcome", "reason", "event", "assignee"])
    action.done += len(finished)
    action.heartbeat_at, action.attempts = timezone.now(), 0
    action.save(update_fields=["done", "heartbeat_at", "attempts"])
