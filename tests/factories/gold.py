"""Gold checks and runs that mix them in, for tests."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from datasets.curation.models import Policy
from evaluation.runs.actions import gold_checks, runs
from evaluation.runs.models import Answer, EvaluationRun, GoldCheck
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member, make_project
from tests.factories.runs import make_generating_run, make_prompts
from tests.factories.voting import make_reviewers

BETTER, WORSE = "The parcel arrives on Monday.", "I do not know."


def make_gold_checks(
    project: Project, number: int, *, policies: Sequence[str] = ()
) -> list[GoldCheck]:
    """Return gold checks whose first answer is better, written by a lead who does not vote."""
    lead = make_member(project, Role.LEAD)
    return [
        gold_checks.add_written(
            project=project,
            question=f"When does parcel {count} arrive?",
            first=BETTER,
            second=WORSE,
            expected="first",
            explanation="It says the day.",
            actor=lead,
            policies=policies,
        )
        for count in range(number)
    ]


def make_gold_run(  # noqa: PLR0913 a factory names what a test wants to choose
    *,
    percent: int = 0,
    training: int = 0,
    checks: int = 3,
    examples: int = 20,
    votes: int = 1,
    reviewers: int = 2,
    policies: Sequence[str] = (),
    **more: Any,
) -> tuple[EvaluationRun, Sequence[User]]:
    """Return an open run with gold checks, and its reviewers."""
    project = make_project()
    for slug in policies:
        Policy.objects.create(project=project, slug=slug, title=slug)
    make_gold_checks(project, checks, policies=policies)
    people = make_reviewers(project, reviewers)
    terms: dict[str, Any] = {
        "gold_percent": percent,
        "training_examples": training,
        "votes_per_example": votes,
        "overlap_votes": votes,
        "overlap_percent": 0,
    } | more
    prompts = [
        replace(prompt, policies=list(policies))
        for prompt in make_prompts(examples, intents=("returns",))
    ]
    run = make_generating_run(project=project, raters=people, prompts=prompts, terms=terms)
    answers = Answer.objects.filter(run=run)
    answers.filter(model_version=run.candidate_id).update(state="done", text="Of course!")
    answers.filter(model_version=run.baseline_id).update(state="done", text="You have 30 days.")
    return runs.open_voting(run_id=run.pk, actor=None), people
