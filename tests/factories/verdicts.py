"""Votes for tests with a given verdict, cast through leases."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from uuid import UUID

from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions import leases, votes
from evaluation.voting.blinding import choice_of
from evaluation.voting.models import Lease, Vote
from reviewapp.people.models import User


def cast_verdict(person: User, lease: Lease, verdict: str) -> Vote:
    """Cast the choice that gives this verdict with the sides of this lease."""
    return cast_choice(person, lease.public_id, choice_of(verdict, left=lease.left))


def cast_choice(person: User, lease_id: UUID, choice: str) -> Vote:
    """Cast a vote and lease nothing, so that a test holds what it asks for."""
    return votes.cast_and_lease(actor=person, lease_id=lease_id, choice=choice, count=0).vote


def held_leases(run: EvaluationRun, person: User, *, count: int = 1) -> list[Lease]:
    """Lease `count` comparisons; return the leases in served order."""
    served = leases.lease_comparisons(run_id=run.pk, actor=person, count=count)
    found = Lease.objects.filter(public_id__in=[comparison.public_id for comparison in served])
    return list(found.select_related("comparison").order_by("comparison__position"))


def vote_in_order(
    run: EvaluationRun,
    person: User,
    verdicts: Iterable[str],
    *,
    on_criteria: Sequence[Mapping[int, str]] = (),
) -> list[Vote]:
    """Vote in the served order until there are no more verdicts or comparisons.

    `on_criteria` are the verdicts on criteria of each vote, by position.
    """
    cast = []
    for verdict, given in zip_longest(verdicts, on_criteria, fillvalue=None):
        held = held_leases(run, person) if verdict else []
        if not held:
            break
        (lease,) = held
        found = votes.cast_and_lease(
            actor=person,
            lease_id=lease.public_id,
            choice=choice_of(str(verdict), left=lease.left),
            count=0,
            on_criteria={
                position: choice_of(verdict, left=lease.left)
                for position, verdict in (given or {}).items()
            },
        )
        cast.append(found.vote)
    return cast
