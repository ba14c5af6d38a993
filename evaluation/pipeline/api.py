"""API of the pipeline: the candidates of a project, and one with its steps and gates."""

from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from evaluation.pipeline.candidates import Candidate, CandidateKind, candidates_of, find_candidate
from evaluation.pipeline.facts import Facts
from evaluation.pipeline.judging import judge_pipeline
from evaluation.pipeline.next_action import NextAction, next_action
from evaluation.pipeline.reading import read_facts, read_light_facts
from reviewapp.core.api import ObjectId
from reviewapp.core.messages import Message
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.permissions import Permission

router = Router(tags=["pipeline"])
State = Literal["passed", "failed", "open"]


class ReasonOut(Schema):
    """A code with its parameters, and the sentence in English."""

    code: str
    params: dict[str, Any]
    sentence: str


class NextActionOut(ReasonOut):
    """What to do next; `target` names the page where it is done."""

    target: str


class CandidateOut(Schema):
    """A model, training or version, and the step that it has reached.

    `number` is the id of a model or training, or the number of a version in its project.
    """

    kind: Literal["model", "training", "version"]
    number: int
    model: str | None
    version: int | None
    training: int | None
    run: int | None
    step: str
    next: NextActionOut


class CandidatesOut(Schema):
    """The candidates: versions and trainings without a model, then models, the newest first."""

    items: list[CandidateOut]


class PipelineGateOut(Schema):
    """A gate in its current state; open means that it is not known yet."""

    gate: str
    state: State
    reason: ReasonOut


class PipelineStepOut(Schema):
    """A step, which has passed when all its gates have."""

    step: str
    state: State
    gates: list[PipelineGateOut]


class PipelineOut(CandidateOut):
    """A candidate with its five steps."""

    steps: list[PipelineStepOut]


def _reason(found: Message) -> dict[str, Any]:
    return {**found.as_json(), "sentence": render_english(found)}


def _shown(candidate: Candidate, facts: Facts, action: NextAction) -> dict[str, Any]:
    return {
        "kind": candidate.kind.value,
        "number": candidate.number,
        "model": facts.model or None,
        "version": facts.version.number if facts.version else None,
        "training": facts.training.number if facts.training else None,
        "run": facts.run.number if facts.run else None,
        "step": action.step.value,
        "next": {**_reason(action.message), "target": action.target.value},
    }


@router.get(
    "/projects/{slug}/pipeline",
    operation_id="evaluation_api_pipeline_list",
    response={200: CandidatesOut},
    summary="List the candidates and how far each is",
)
def list_candidates(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return at most 50 candidates of each kind, the newest first."""
    found = candidates_of(project_for(request, slug, Permission.LEAD))
    user = signed_in_user(request)
    return {
        "items": [
            _shown(candidate, facts, next_action(facts))
            for candidate, facts in zip(found, read_light_facts(found, user), strict=True)
        ]
    }


@router.get(
    "/projects/{slug}/pipeline/{kind}/{number}",
    operation_id="evaluation_api_pipeline_show",
    response={200: PipelineOut},
    summary="The steps and gates of a candidate",
)
def show(
    request: HttpRequest,
    slug: str,
    kind: Literal["model", "training", "version"],
    number: ObjectId,
) -> dict[str, Any]:
    """Return each gate as passed, failed or open; a run in which the caller votes stays open."""
    project = project_for(request, slug, Permission.LEAD)
    candidate = find_candidate(project, CandidateKind(kind), number)
    if candidate is None:
        raise Http404
    facts = read_facts(candidate, signed_in_user(request))
    found = judge_pipeline(facts)
    return {
        **_shown(candidate, facts, found.next),
        "steps": [
            {
                "step": step.step.value,
                "state": step.state.value,
                "gates": [
                    {
                        "gate": gate.gate.value,
                        "state": gate.state.value,
                        "reason": _reason(gate.reason),
                    }
                    for gate in step.gates
                ],
            }
            for step in found.steps
        ],
    }
