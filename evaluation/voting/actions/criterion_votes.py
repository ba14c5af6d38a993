"""Answers on the criteria of a run: checked and stored with the vote, in its transaction.

A run without criteria costs nothing: its `criteria_count` comes with the lease.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from evaluation.gates.criterion_texts import criterion_name
from evaluation.runs.models import EvaluationRun, RunCriterion
from evaluation.stats.verdicts import Choice
from evaluation.voting.actions import rejected
from evaluation.voting.blinding import resolve
from evaluation.voting.models import CriterionVote, Vote
from reviewapp.core.errors import InvalidInput

CriterionChoices = Mapping[int, str]
"""What was clicked on each criterion, by its position in the run; one passed over is left out."""


@dataclass(frozen=True)
class CheckedChoice:
    """A choice that fits a criterion of the run."""

    criterion: RunCriterion
    choice: str


def check_choices(run: EvaluationRun, given: CriterionChoices) -> list[CheckedChoice]:
    """Return the choices with their criteria.

    Raises:
        InvalidInput: the run has no such criterion, a choice is unknown, or a criterion with a gate
            was passed over.
    """
    if not run.criteria_count and not given:
        return []
    criteria = {
        criterion.position: criterion for criterion in RunCriterion.objects.filter(run=run.pk)
    }
    if given.keys() - criteria.keys() or not set(given.values()) <= set(Choice):
        raise InvalidInput(
            gettext("These answers do not fit the criteria of the run. Reload the page.")
        )
    for position, criterion in sorted(criteria.items()):
        if criterion.gated and position not in given:
            raise InvalidInput(
                gettext("“%(criterion)s” needs an answer: it has a gate. Vote again.")
                % {"criterion": criterion_name(criterion.key)}
            )
    return [CheckedChoice(criteria[position], given[position]) for position in sorted(given)]


def store_choices(vote: Vote, chosen: list[CheckedChoice]) -> None:
    """Store the choices on criteria of a vote that was just stored."""
    if not chosen:
        return
    CriterionVote.objects.bulk_create(
        CriterionVote(
            vote=vote,
            criterion=answer.criterion,
            choice=answer.choice,
            left=vote.left,
            verdict=resolve(answer.choice, left=str(vote.left)),
        )
        for answer in chosen
    )


def choices_of(vote: Vote) -> dict[int, str]:
    """Return what was clicked on each criterion with a vote; `vote.run` must be at hand."""
    if not vote.run.criteria_count:
        return {}
    found = vote.on_criteria.filter(choice__isnull=False)
    return {
        answer.criterion.position: str(answer.choice)
        for answer in found.select_related("criterion")
    }


def check_repeated(stored: CriterionChoices, given: CriterionChoices | None) -> None:
    """Check that a vote sent again has the choices of the stored one; None sends none.

    Raises:
        InvalidTransition: it differs.
    """
    if given is not None and dict(given) != dict(stored):
        raise rejected.voted_differently()
