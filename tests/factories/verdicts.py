"""Votes for tests that come to the verdict the test wants, cast through leases like all others."""

from collections.abc import Iterable

from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions import leases, votes
from evaluation.voting.blinding import choice_of
from evaluation.voting.models import Lease, Vote
from reviewapp.people.models import User


def cast_verdict(person: User, lease: Lease, verdict: str) -> Vote:
    """Click whatever comes to this verdict with the sides of this lease."""
    choice = choice_of(verdict, left=lease.left)
    return votes.cast_vote(actor=person, lease_id=lease.public_id, choice=choice)


def held_leases(run: EvaluationRun, person: User, *, count: int = 1) -> list[Lease]:
    """Lease until the person holds so many; the leases in served order."""
    served = leases.lease_comparisons(run_id=run.pk, actor=person, count=count)
    found = Lease.objects.filter(public_id__in=[one.public_id for one in served])
    return list(found.select_related("comparison").order_by("comparison__position"))


def vote_in_order(run: EvaluationRun, person: User, verdicts: Iterable[str]) -> list[Vote]:
    """Vote on what is served next, one after another, until the verdicts or examples run out."""
    cast = []
    for verdict in verdicts:
        held = held_leases(run, person)
        if not held:
            break
        cast.append(cast_verdict(person, held[0], verdict))
    return cast
