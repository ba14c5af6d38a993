"""Runs that wait for votes, for tests. No action makes one without a model that answers."""

from itertools import count

from datasets.models import Project, Role, User
from evaluation.models import Answer, Comparison, EvaluationRun, ModelVersion, Rater, RunIntent
from tests.factories.people import make_member, make_project

_numbers = count(1)
CANDIDATE_TEXT = "Gladly: send the boots back within 60 days."
BASELINE_TEXT = "No, the window has closed."


def make_reviewers(project: Project, number: int) -> list[User]:
    """So many reviewers of the project."""
    return [make_member(project, Role.REVIEWER) for _ in range(number)]


def make_voting_run(
    *,
    project: Project | None = None,
    reviewers: list[User] | None = None,
    examples: int = 3,
    votes_needed: int = 1,
    intents: tuple[str, ...] = ("returns",),
    all_votes: bool = False,
) -> EvaluationRun:
    """A run in the middle of voting, its answers done; the intents take turns in served order."""
    project = project or make_project()
    number = next(_numbers)
    candidate, baseline = (
        ModelVersion.objects.create(
            project=project,
            name=f"{role}-model-{number}",
            provider=ModelVersion.Provider.IMPORTED,
        )
        for role in ("secretcandidate", "secretbaseline")
    )
    run = EvaluationRun.objects.create(
        project=project,
        name=f"secretcandidate against secretbaseline {number}",
        title="Returns study",
        candidate=candidate,
        baseline=baseline,
        origin=EvaluationRun.Origin.IMPORTED,
        votes_per_example=votes_needed,
        overlap_votes=max(3, votes_needed),
        all_votes=all_votes,
        state=EvaluationRun.State.VOTING,
    )
    for reviewer in reviewers or []:
        Rater.objects.create(run=run, user=reviewer, name=reviewer.email)
    add_comparisons(run, examples=examples, votes_needed=votes_needed, intents=intents)
    return run


def add_comparisons(
    run: EvaluationRun, *, examples: int, votes_needed: int, intents: tuple[str, ...]
) -> None:
    """Comparisons with both answers, after those that the run has."""
    known = [RunIntent.objects.get_or_create(run=run, name=name)[0] for name in intents]
    comparisons = Comparison.objects.bulk_create(
        [
            Comparison(
                run=run,
                position=number,
                intent=known[number % len(known)],
                external_id=f"example-{number}",
                prompt=[{"role": "user", "content": f"Question {number}: may I return boots?"}],
                votes_needed=votes_needed,
            )
            for number in range(examples)
        ]
    )
    Answer.objects.bulk_create(
        [
            Answer(
                run=run,
                comparison=comparison,
                model_version=model,
                status=Answer.Status.DONE,
                text=f"{text} ({comparison.position})",
                latency_ms=4321,
                completion_tokens=765,
                response_model="provider-secret-id",
            )
            for comparison in comparisons
            for model, text in ((run.candidate, CANDIDATE_TEXT), (run.baseline, BASELINE_TEXT))
        ]
    )
