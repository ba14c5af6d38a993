"""Reporting an example that cannot be judged."""

import uuid

from django.db import transaction
from django.utils import timezone

from datasets.comments.actions import open_report
from datasets.curation import actions as examples
from evaluation.runs.models import Comparison, RunEvent
from evaluation.voting.actions import rejected
from evaluation.voting.actions.claims import end_leases
from evaluation.voting.actions.leases import end_lease
from evaluation.voting.actions.locking import check_voting_open, lock_lease
from evaluation.voting.actions.settling import close_previous
from evaluation.voting.feedback import MAX_NOTE_LENGTH, is_storable
from evaluation.voting.models import Lease
from reviewapp.core.db.prepared import plan_by_indexes
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import User


@transaction.atomic
def report_broken(*, actor: User, lease_id: uuid.UUID, note: str) -> Lease:
    """Set an example aside that cannot be judged; its golden example goes back to curation.

    Reporting twice is the same as once. An example that got its votes from others meanwhile stays
    counted.

    Raises:
        InvalidInput: the note is empty or too long.
        PermissionDeniedError: it was never theirs.
        InvalidTransition: they have voted on it, or the run is closed.
    """
    note = note.strip()
    if not note or not is_storable(note, limit=MAX_NOTE_LENGTH):
        raise InvalidInput(message("voting.invalid_note", limit=MAX_NOTE_LENGTH))
    lease = lock_lease(actor=actor, lease_id=lease_id)
    check_voting_open(lease.run)
    if lease.state == Lease.State.BROKEN:
        return lease
    if lease.state == Lease.State.VOTED:
        raise rejected.report_after_vote()
    end_lease(lease, Lease.State.BROKEN, note=note)
    comparison, before = lease.comparison, lease.comparison.state
    if before == Comparison.State.OPEN and not comparison.has_all_votes:
        comparison.state = Comparison.State.SET_ASIDE
        comparison.save(update_fields=["state"])
        end_leases(comparison.leases.all())
        _return_to_curation(comparison, actor=actor, note=note)
        plan_by_indexes()
        close_previous(run_id=lease.run_id, rater_id=lease.rater_id, at=timezone.now())
    RunEvent.objects.create(
        project_id=lease.run.project_id,
        run=lease.run,
        actor=actor,
        action="report_broken",
        before=before,
        after=comparison.state,
        reason=note,
        detail={"comparison": comparison.pk},
    )
    return lease


def _return_to_curation(comparison: Comparison, *, actor: User, note: str) -> None:
    """Return the golden example to curation with a thread, if the comparison was made from one."""
    revision = comparison.revision
    if revision is not None and revision.example.erased_at is None:
        examples.report_broken(example_id=revision.example_id, actor=actor, reason=note)
        open_report(revision=revision, actor=actor, note=note)
