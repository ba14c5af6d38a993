"""Decide on a comparison that a reviewer reported as broken: serve it again, or exclude it."""

from django.db import transaction
from django.utils.translation import gettext

from evaluation.results.actions import gates
from evaluation.runs.actions.run_setup import record
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from evaluation.voting.feedback import MAX_NOTE_LENGTH, is_storable
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.formats import count
from reviewapp.people.models import User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def restore_comparison(*, comparison_id: int, actor: User | None, reason: str) -> Comparison:
    """Open a comparison that was reported as broken, at its position in the served order.

    All tallies are calculated again: the open comparison ends the counted examples until it has its
    votes.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in the run.
        InvalidInput: no reason is given, or it is too long.
        InvalidTransition: the run is not open for votes, or the comparison is not set aside.
    """
    run, comparison = _locked(comparison_id, actor, reason)
    comparison.state = Comparison.State.OPEN
    comparison.save(update_fields=["state"])
    _record(run, comparison, "put_back", actor, reason)
    gates.reset_tallies(run=run)
    gates.measure_gates(run_id=run.pk)
    return comparison


@transaction.atomic
def exclude_comparison(*, comparison_id: int, actor: User | None, reason: str) -> Comparison:
    """Record that a comparison that was reported as broken stays excluded.

    Raises: as `restore_comparison`.
    """
    run, comparison = _locked(comparison_id, actor, reason)
    _record(run, comparison, "keep_out", actor, reason)
    return comparison


def _locked(
    comparison_id: int, actor: User | None, reason: str
) -> tuple[EvaluationRun, Comparison]:
    """Lock run and comparison, and check that the actor may decide on it now."""
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    run = runs.select_related("project").get(comparisons=comparison_id)
    require_lead(actor, run.project)
    if actor is not None and (refusal := figures_denied_reason(actor, run)):
        raise PermissionDeniedError(refusal)
    if not reason.strip() or not is_storable(reason.strip(), limit=MAX_NOTE_LENGTH):
        sentence = gettext("Give a reason, in at most %(limit)s characters.")
        raise InvalidInput(sentence % {"limit": count(MAX_NOTE_LENGTH)}, field="reason")
    if run.state != RunState.VOTING:
        raise InvalidTransition(
            gettext("This run is not open for votes, so its comparisons cannot change.")
        )
    comparison = Comparison.objects.select_for_update(no_key=True).get(pk=comparison_id)
    if comparison.state != Comparison.State.SET_ASIDE:
        raise InvalidTransition(gettext("This comparison is not set aside. Reload the page."))
    return run, comparison


def _record(
    run: EvaluationRun, comparison: Comparison, action: str, actor: User | None, reason: str
) -> None:
    detail = {"comparison": comparison.pk, "position": comparison.position}
    record(run, action, actor, reason=reason.strip(), detail=detail)
