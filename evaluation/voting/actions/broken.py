"""Reporting an example that cannot be judged."""

import uuid

from django.db import transaction

from datasets.curation import actions as examples
from evaluation.runs.models import Comparison, RunEvent
from evaluation.voting.actions.claims import end_leases
from evaluation.voting.actions.leases import end
from evaluation.voting.actions.locking import locked_assignment, refuse_unless_voting
from evaluation.voting.models import Assignment
from evaluation.voting.reasons import NOTE_LIMIT, is_sayable
from reviewapp.core.errors import InvalidInput, TransitionRefused
from reviewapp.people.models import User


@transaction.atomic
def report_broken(*, actor: User, assignment_id: uuid.UUID, note: str) -> Assignment:
    """Set an example aside that cannot be judged; its golden example goes back to curation.

    Reporting twice is the same as once. An example that others closed meanwhile stays counted.

    Raises:
        InvalidInput: the note is empty or too long.
        NotAllowed: it was never theirs.
        TransitionRefused: they have voted on it, or the run is closed.
    """
    note = note.strip()
    if not note or not is_sayable(note, limit=NOTE_LIMIT):
        raise InvalidInput(
            f"Say what is broken, in at most {NOTE_LIMIT} characters, none of which is NUL."
        )
    assignment = locked_assignment(actor=actor, assignment_id=assignment_id)
    refuse_unless_voting(assignment.run)
    if assignment.state == Assignment.State.BROKEN:
        return assignment
    if assignment.state == Assignment.State.VOTED:
        raise TransitionRefused("You have voted on this example, so it is not broken for you.")
    end(assignment, Assignment.State.BROKEN, note=note)
    comparison, before = assignment.comparison, assignment.comparison.state
    if before == Comparison.State.OPEN:
        comparison.state = Comparison.State.SET_ASIDE
        comparison.save(update_fields=["state"])
        end_leases(comparison.assignments.all())
        _send_back(comparison, actor=actor, note=note)
    RunEvent.objects.create(
        project_id=assignment.run.project_id,
        run=assignment.run,
        actor=actor,
        action="report_broken",
        before=before,
        after=comparison.state,
        reason=note,
        detail={"comparison": comparison.pk},
    )
    return assignment


def _send_back(comparison: Comparison, *, actor: User, note: str) -> None:
    """Return the golden example to curation, if the comparison was made from one."""
    if comparison.revision is not None:
        examples.report_broken(
            example_id=comparison.revision.example_id,
            actor=actor,
            reason=f"Reported while voting: {note}",
        )
