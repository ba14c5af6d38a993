"""Add reviewers to an open run; remove a rater by a rule that does not ask what they preferred."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext

from evaluation.results.actions import gates
from evaluation.results.rater_removal import checked_removal_reason
from evaluation.runs.actions.run_setup import create_rater, record
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.runs.permissions import figures_denied_reason
from evaluation.runs.setup_summary import revealed_runs_seen
from evaluation.voting.actions.counts import recount
from evaluation.voting.models import Lease
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions.members import delete_stored_responses
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission, permissions_of, require_lead


@transaction.atomic
def add_reviewers(*, run_id: int, user_ids: Sequence[int], actor: User | None) -> list[Rater]:
    """Add reviewers to a run that is open for votes; return those that were not in it yet.

    Served order, votes for each example and overlap set stay as they were when the run opened. The
    rater keeps the time; the event names the revealed runs that showed them one of the two models.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in the run.
        InvalidInput: no user is given, or one may not vote, was removed, or leads the project.
        InvalidTransition: the run is not open for votes, or takes imported votes only.
    """
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    run = runs.select_related("project").get(pk=run_id)
    require_lead(actor, run.project)
    if actor is not None and (refusal := figures_denied_reason(actor, run)):
        raise PermissionDeniedError(refusal)
    if run.state != RunState.VOTING or run.all_votes:
        raise InvalidTransition(
            gettext(
                "Reviewers can be added while a run is open for votes. "
                "Before that, choose them in its set-up."
            )
        )
    people = sorted(User.objects.filter(pk__in=user_ids), key=str)
    if not people:
        raise InvalidInput(gettext("Choose at least one reviewer to add."))
    added = [_add(run, person, actor) for person in people]
    return [rater for rater in added if rater is not None]


def _add(run: EvaluationRun, person: User, actor: User | None) -> Rater | None:
    """Add a reviewer and record the event; return None if they are in the run already."""
    known = run.raters.filter(user=person).first()
    if known is not None and known.removed_at is None:
        return None
    if known is not None:
        sentence = gettext("%(person)s was removed from this run and cannot be added again.")
        raise InvalidInput(sentence % {"person": person})
    permissions = permissions_of(person, run.project)
    if Permission.VOTE not in permissions:
        sentence = gettext(
            "%(person)s is not a reviewer of %(project)s. Give them the role of a reviewer first."
        )
        raise InvalidInput(sentence % {"person": person, "project": run.project})
    if Permission.LEAD in permissions:
        sentence = gettext(
            "%(person)s leads %(project)s and may have seen this run's figures. "
            "Choose a reviewer who is not a lead."
        )
        raise InvalidInput(sentence % {"person": person, "project": run.project})
    rater = create_rater(run, person, added_at=timezone.now())
    detail = {
        "rater": rater.name,
        "rater_id": rater.pk,
        "saw_a_model_in": revealed_runs_seen(run, [person.pk]).get(person.pk, []),
    }
    record(run, "add_rater", actor, detail=detail)
    return rater


@transaction.atomic
def remove_rater(*, rater_id: int, actor: User | None, rule: str, reason: str) -> Rater:
    """Undo all votes of a rater of an open run; the rater gets no more comparisons.

    Later votes of others then close the comparisons, in the order in which they were cast. A
    comparison that lacks votes is open again at its position in the served order. Crossings and
    decisions that used the votes are deleted. Removing a rater twice changes nothing more.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in the run.
        InvalidInput: the rule is unknown, or the reason is empty or too long.
        InvalidTransition: the run is not open for votes; the figures of a closed run are final.
    """
    reason = checked_removal_reason(rule, reason)
    run = _lock_run(rater_id)
    require_lead(actor, run.project)
    if actor is not None and (refusal := figures_denied_reason(actor, run)):
        raise PermissionDeniedError(refusal)
    if run.state != RunState.VOTING:
        raise InvalidTransition(
            gettext(
                "Raters can be removed only while a run is open for votes. "
                "Set up a new run to compare without this person."
            )
        )
    # A vote and a lease lock the rater's row first. Once it is locked here, no vote of this rater
    # is in progress, and none begins before this transaction ends (docs/voting.md).
    rater = Rater.objects.select_for_update().get(pk=rater_id)
    if rater.removed_at is None:
        _mark_removed(rater, rule, reason)
        _remove_votes(run, rater)
        record(
            run,
            "remove_rater",
            actor,
            reason=reason,
            detail={"rater": rater.name, "rater_id": rater.pk, "rule": rule},
        )
        gates.reset_tallies(run=run)
        gates.measure_gates(run_id=run.pk)
    return rater


def _lock_run(rater_id: int) -> EvaluationRun:
    """Lock the run of a rater. Votes do not wait for this lock, only for the comparisons."""
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    return runs.select_related("project").get(raters=rater_id)


def _mark_removed(rater: Rater, rule: str, reason: str) -> None:
    rater.removed_at = timezone.now()
    rater.removal_rule, rater.removal_reason = rule, reason
    rater.save(update_fields=["removed_at", "removal_rule", "removal_reason"])


def _remove_votes(run: EvaluationRun, rater: Rater) -> None:
    _end_all_leases(rater)
    if rater.user is not None:
        delete_stored_responses(rater.user)
    touched = list(
        run.comparisons.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=rater.votes.filter(undone_at__isnull=True).values("comparison"))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    rater.votes.filter(undone_at__isnull=True).update(undone_at=Now(), counted=False)
    recount(run=run, comparison_ids=touched)


def _end_all_leases(rater: Rater) -> None:
    """End every lease of a removed rater, so that none accepts a vote any more."""
    ended = [Lease.State.BROKEN, Lease.State.UNDONE]
    held = list(
        Lease.objects.filter(rater=rater)
        .exclude(state__in=ended)
        .select_for_update(no_key=True)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    Lease.objects.filter(pk__in=held).exclude(state__in=ended).update(
        state=Lease.State.UNDONE, ended_at=Now()
    )
