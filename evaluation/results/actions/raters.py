"""The raters of an open run: adding some, and removing one by a rule blind to their preferences."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from evaluation.results.actions import gates
from evaluation.results.rater_removal import removal_rule_text
from evaluation.runs.actions.run_setup import create_rater, record
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun, Rater
from evaluation.runs.permissions import figures_denied_reason
from evaluation.runs.run_facts import revealed_runs_seen
from evaluation.voting.actions.counts import recount
from evaluation.voting.models import Lease
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.people.actions.members import delete_stored_responses
from reviewapp.people.models import User
from reviewapp.people.permissions import Permission, permissions_of, require_lead


@transaction.atomic
def add_reviewers(*, run_id: int, user_ids: Sequence[int], actor: User | None) -> list[Rater]:
    """Add reviewers to a run that is open for votes; return those that were not in it yet.

    Only who votes changes: served order, votes for each example and overlap set stay as they were
    at opening. The rater keeps the time, and the event names revealed runs in which the person
    has seen one of the two models.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in the run.
        InvalidInput: nobody is named, or a person may not vote, was removed, or leads the project.
        InvalidTransition: the run is not open for votes, or takes imported votes only.
    """
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    run = runs.select_related("project").get(pk=run_id)
    require_lead(actor, run.project)
    if actor is not None and (refusal := figures_denied_reason(actor, run)):
        raise PermissionDeniedError(refusal)
    if run.state != RunState.VOTING or run.all_votes:
        raise InvalidTransition(
            "Reviewers can be added while people vote in a run. "
            "Before that, choose them in its set-up."
        )
    people = sorted(User.objects.filter(pk__in=user_ids), key=str)
    if not people:
        raise InvalidInput("Choose at least one reviewer to add.")
    added = [_add(run, person, actor) for person in people]
    return [rater for rater in added if rater is not None]


def _add(run: EvaluationRun, person: User, actor: User | None) -> Rater | None:
    """Add one person with their event; None if they are a rater already."""
    known = run.raters.filter(user=person).first()
    if known is not None and known.removed_at is None:
        return None
    if known is not None:
        raise InvalidInput(f"{person} was removed from this run, so they cannot be added again.")
    permissions = permissions_of(person, run.project)
    if Permission.VOTE not in permissions:
        raise InvalidInput(
            f"{person} may not vote in {run.project}. Give them the role of a reviewer first."
        )
    if Permission.LEAD in permissions:
        raise InvalidInput(
            f"{person} leads {run.project} and may have seen this run's figures, so they cannot "
            "be added while it is open."
        )
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
    """Take all votes of a rater out of an open run; the rater gets no more comparisons.

    Later votes of others take the places that become free, in the order in which they were cast;
    an example that lacks votes then is open again, at its place in the served order. Crossings
    and decisions that rested on the votes are forgotten. Removing twice is the same as once.

    Raises:
        PermissionDeniedError: the actor is not a lead, or votes in the run.
        InvalidInput: an unknown rule, or no reason.
        InvalidTransition: the run is not open for votes: what is closed stays as it was decided.
    """
    words = removal_rule_text(rule, reason)
    run = _lock_run(rater_id)
    require_lead(actor, run.project)
    if actor is not None and (refusal := figures_denied_reason(actor, run)):
        raise PermissionDeniedError(refusal)
    if run.state != RunState.VOTING:
        raise InvalidTransition(
            "Raters can be removed while a run is open for votes. "
            "Set up a new run to compare without this person."
        )
    # Votes and leases hold their seat before anything else: from here on none of this rater's is
    # on its way, and none begins before we are done (docs/voting.md).
    rater = Rater.objects.select_for_update().get(pk=rater_id)
    if rater.removed_at is None:
        _remove_votes(run, rater, words)
        record(
            run,
            "remove_rater",
            actor,
            reason=words,
            detail={"rater": rater.name, "rater_id": rater.pk, "rule": rule},
        )
        gates.reset_tallies(run=run)
        gates.measure_gates(run_id=run.pk)
    return rater


def _lock_run(rater_id: int) -> EvaluationRun:
    """Lock the run without holding up votes: those wait for the comparisons that are touched."""
    runs = EvaluationRun.objects.select_for_update(of=("self",), no_key=True)
    return runs.select_related("project").get(raters=rater_id)


def _remove_votes(run: EvaluationRun, rater: Rater, words: str) -> None:
    rater.removed_at, rater.removal_reason = timezone.now(), words
    rater.save(update_fields=["removed_at", "removal_reason"])
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
    """End every lease of a removed rater, so that none of them takes a vote any more."""
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
