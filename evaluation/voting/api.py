"""Comparisons to vote on and votes, exactly as blind as the page (docs/blinding.md)."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Router, Schema

from evaluation.voting.actions import leases, reviewer_actions
from evaluation.voting.actions.claims import ServedComparison
from evaluation.voting.criteria import asked_criteria
from evaluation.voting.feedback import MAX_FEEDBACK_LENGTH, MAX_NOTE_LENGTH, VoteFeedback
from evaluation.voting.models import Vote
from evaluation.voting.progress import reviewer_progress
from reviewapp.people.http import signed_in_user

router = Router(tags=["voting"])

# What PostgreSQL can hold as an id; a larger one names nothing and is no error of the server.
RunId = Annotated[int, Field(gt=0, le=2**63 - 1)]


ChoiceWord = Literal["left", "right", "both_good", "both_bad"]
Position = Literal["1", "2", "3", "4"]


class ComparisonOut(Schema):
    """Two answers to one prompt. The id is of this lease and says nothing about the answers."""

    id: UUID
    prompt: list[dict[str, Any]]
    policies: list[str]
    left: str
    right: str


class NextOut(Schema):
    """The comparison to vote on; none when nothing is free for this reviewer now."""

    comparison: ComparisonOut | None


class VoteIn(Schema):
    """What was chosen, and why: codes as the page offers them, by the side shown."""

    choice: ChoiceWord
    reasons: dict[Literal["left", "right"], list[str]] | None = None
    rationale: Annotated[str, Field(max_length=MAX_FEEDBACK_LENGTH)] = ""
    recognised: bool = False
    # By the position of the criterion; one that is left out is passed over.
    criteria: dict[Position, ChoiceWord] | None = None


class CriterionOut(Schema):
    """A question that is asked beside the overall choice, with the same four answers."""

    position: int
    key: str
    name: str
    question: str
    # Whether it may be left out of a vote.
    optional: bool


class CriteriaOut(Schema):
    """The criteria of a run, in the order in which they are asked; often none."""

    items: list[CriterionOut]


class VoteOut(Schema):
    """The comparison that follows a stored vote; nothing about the votes of others."""

    next: ComparisonOut | None


class ProgressOut(Schema):
    """Your own votes, and the comparisons left that you share with the other reviewers."""

    done: int
    left: int


class EarlierVoteOut(Schema):
    """Your own vote that was undone, by the sides shown; they are the same again."""

    choice: ChoiceWord
    reasons: dict[Literal["left", "right"], list[str]]
    rationale: str
    recognised: bool
    criteria: dict[str, ChoiceWord]


class UndoneOut(NextOut):
    """The comparison that was leased again, and the vote that was undone; none after a skip."""

    earlier: EarlierVoteOut | None


class BrokenIn(Schema):
    """What is broken about the example."""

    note: Annotated[str, Field(min_length=1, max_length=MAX_NOTE_LENGTH)]


@router.post(
    "/runs/{run_id}/comparisons/next",
    operation_id="evaluation_api_voting_next_comparison",
    response={200: NextOut},
    summary="Lease the next comparison",
)
def next_comparison(request: HttpRequest, run_id: RunId) -> dict[str, Any]:
    """Return the comparison that you hold, or lease the next one in served order."""
    served = leases.lease_comparisons(run_id=run_id, actor=signed_in_user(request), count=1)
    return {"comparison": _first(served)}


@router.get(
    "/runs/{run_id}/progress",
    operation_id="evaluation_api_voting_progress",
    response={200: ProgressOut},
    summary="How many votes you cast, and what is left",
)
def progress(request: HttpRequest, run_id: RunId) -> dict[str, int]:
    """Return the numbers of the voting page: what is left may be voted on by others too."""
    rater = leases.reviewer_of_run(run_id=run_id, actor=signed_in_user(request))
    found = reviewer_progress(rater)
    return {"done": found.done, "left": found.left}


@router.get(
    "/runs/{run_id}/criteria",
    operation_id="evaluation_api_voting_criteria",
    response={200: CriteriaOut},
    summary="What is asked beside the overall choice",
)
def criteria(request: HttpRequest, run_id: RunId) -> dict[str, Any]:
    """Return the criteria of a run in which you are a reviewer."""
    rater = leases.reviewer_of_run(run_id=run_id, actor=signed_in_user(request))
    return {"items": [asdict(criterion) for criterion in asked_criteria(rater.run)]}


@router.post(
    "/comparisons/{comparison_id}/vote",
    operation_id="evaluation_api_voting_vote",
    response={200: VoteOut},
    summary="Vote, and lease the next comparison",
)
def vote(request: HttpRequest, comparison_id: UUID, body: VoteIn) -> dict[str, Any]:
    """Store a vote. The same vote twice counts once and gets the same answer."""
    reasons = {str(side): codes for side, codes in (body.reasons or {}).items()}
    feedback = VoteFeedback(reasons, body.rationale, body.recognised)
    served = reviewer_actions.cast_and_lease(
        actor=signed_in_user(request),
        lease_id=comparison_id,
        choice=body.choice,
        count=1,
        source=Vote.Source.API,
        feedback=None if feedback == VoteFeedback() else feedback,
        on_criteria=None
        if body.criteria is None
        else {int(position): choice for position, choice in body.criteria.items()},
    )
    return {"next": _first(served)}


@router.post(
    "/comparisons/{comparison_id}/skip",
    operation_id="evaluation_api_voting_skip",
    response={200: NextOut},
    summary="Skip, and lease the next comparison",
)
def skip(request: HttpRequest, comparison_id: UUID) -> dict[str, Any]:
    """Put a comparison at the end of your own queue."""
    actor = signed_in_user(request)
    run_id = reviewer_actions.skip(actor=actor, lease_id=comparison_id)
    served = leases.lease_comparisons(run_id=run_id, actor=actor, count=1)
    return {"comparison": _first(served)}


@router.post(
    "/comparisons/{comparison_id}/broken",
    operation_id="evaluation_api_voting_broken",
    response={200: NextOut},
    summary="Report an example as broken, and lease the next comparison",
)
def broken(request: HttpRequest, comparison_id: UUID, body: BrokenIn) -> dict[str, Any]:
    """Set the example aside for everybody; it goes back to curation with the note."""
    actor = signed_in_user(request)
    run_id = reviewer_actions.report_broken(actor=actor, lease_id=comparison_id, note=body.note)
    served = leases.lease_comparisons(run_id=run_id, actor=actor, count=1)
    return {"comparison": _first(served)}


@router.post(
    "/comparisons/{comparison_id}/undo",
    operation_id="evaluation_api_voting_undo",
    response={200: UndoneOut},
    summary="Undo a vote while its example is open, or a skip",
)
def undo(request: HttpRequest, comparison_id: UUID) -> dict[str, Any]:
    """Return the comparison under a new id, its sides as they were.

    An example with all its votes closes when its last voter votes on or skips another one, or no
    longer holds one, and 15 minutes after the vote at the latest (`VOTE_LEASE_SECONDS`).
    """
    served, earlier = reviewer_actions.undo(actor=signed_in_user(request), lease_id=comparison_id)
    if earlier is not None:
        by_position = {str(position): choice for position, choice in earlier["criteria"].items()}
        earlier = earlier | {"criteria": by_position}
    return {"comparison": _as_json(served), "earlier": earlier}


def _first(served: list[ServedComparison]) -> dict[str, Any] | None:
    return _as_json(served[0]) if served else None


def _as_json(served: ServedComparison) -> dict[str, Any]:
    return {
        "id": served.public_id,
        "prompt": served.prompt,
        "policies": served.policies,
        "left": served.left,
        "right": served.right,
    }
