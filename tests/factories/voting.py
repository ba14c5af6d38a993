"""Reviewers and small runs for tests of voting; where each one stands is theirs to look up."""

from collections.abc import Sequence

from datasets.curation.models import Revision
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.models import Lease
from reviewapp.people.models import Project, Role, User
from tests.factories import runs
from tests.factories.people import make_member, make_project

CANDIDATE_BEGINS = "Of course!"
"""How each answer of the candidate begins in `runs.make_answer_rows`."""


def make_reviewers(project: Project, number: int) -> list[User]:
    """So many reviewers of the project."""
    return [make_member(project, Role.REVIEWER) for _ in range(number)]


def make_small_run(  # noqa: PLR0913 a factory names what a test wants to choose
    *,
    reviewers: int = 2,
    examples: int = 4,
    votes: int = 1,
    intents: Sequence[str] = ("returns",),
    project: Project | None = None,
    revision: Revision | None = None,
    policies: Sequence[str] = (),
    criteria: Sequence[CriterionTerms] = (),
) -> tuple[EvaluationRun, list[User]]:
    """A run that is open for votes, each example with the same number of them; its reviewers.

    `revision` is the golden wording that every prompt comes from.
    """
    project = project or make_project()
    people = make_reviewers(project, reviewers)
    run = runs.make_voting_run(
        project,
        examples=examples,
        raters=people,
        votes_per_example=votes,
        intents=intents,
        revision=revision,
        policies=policies,
        criteria=criteria,
    )
    return run, people


def positions(served: Sequence[ServedComparison]) -> list[int]:
    """The places in the served order of what was served."""
    place = dict(
        Lease.objects.filter(
            public_id__in=[comparison.public_id for comparison in served]
        ).values_list("public_id", "comparison__position")
    )
    return [place[comparison.public_id] for comparison in served]
