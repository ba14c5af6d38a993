"""API to set up, watch and change runs, for scripts of leads."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema
from pydantic import ConfigDict

from datasets.versions.models import DatasetVersion
from evaluation.gates import Preset
from evaluation.registry.models import ModelVersion
from evaluation.results.actions.run_actions import RUN_ACTION_HANDLERS
from evaluation.runs.actions import generation, run_setup, runs
from evaluation.runs.answer_review import answers_to_review
from evaluation.runs.forms.runs import RunForm
from evaluation.runs.lifecycle import RunAction, RunState, run_actions_in
from evaluation.runs.models import EvaluationRun
from evaluation.runs.tasks import ANSWERS
from reviewapp.core.api import Cursor, Limit, ObjectId
from reviewapp.core.errors import InvalidInput
from reviewapp.core.paging import PAGE_SIZE, newest_first
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission

router = Router(tags=["runs"])

MAX_NAME_LENGTH = 120
MAX_REASON_LENGTH = 2000
MAX_REVIEWERS = 200
Name = Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
ActionName = Literal[
    "start_generation",
    "pause",
    "resume",
    "retry_failed",
    "continue_without_failed",
    "remove_marks",
    "open_voting",
    "close",
    "reveal",
]
_SETUP_STATES = {RunState.DRAFT, RunState.GENERATING}


class RunOut(Schema):
    """A run; request its figures with its id."""

    id: int
    name: str
    state: str
    candidate: str
    baseline: str
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


class RunsOut(Schema):
    """A page of runs, the newest first; `next` is the cursor of the following page."""

    runs: list[RunOut]
    next: int | None


class ModelOut(Schema):
    """A registered model; `can_be_asked` is false for imported answers."""

    id: int
    name: str
    base_model: str
    can_be_asked: bool
    created_at: datetime


class ModelsOut(Schema):
    """The models of a project, the newest first."""

    items: list[ModelOut]


class RunIn(Schema):
    """A new run on a split of a frozen version. What is left out is as the page proposes it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)]
    candidate: Name
    baseline: Name
    version: Annotated[int, Field(gt=0, le=2**31 - 1)]
    split: Literal["train", "validation", "test"]
    title: Name | None = None
    preset: Preset | None = None
    votes_per_example: Annotated[int, Field(gt=0, le=20)] | None = None
    overlap_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    overlap_votes: Annotated[int, Field(gt=0, le=20)] | None = None
    gold_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    training_examples: Annotated[int, Field(ge=0, le=100)] | None = None
    reviewers: Annotated[list[str], Field(max_length=MAX_REVIEWERS)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(gt=0, le=100_000)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    exclude_leaked: bool = False


class RunActionIn(Schema):
    """An action on a run, and why."""

    model_config = ConfigDict(extra="forbid")

    action: ActionName
    reason: Annotated[str, Field(max_length=MAX_REASON_LENGTH)] = ""


class AnswersOut(Schema):
    """How many answers of a run there are."""

    total: int
    done: int
    failed: int
    cost_usd: float


class ReasonOut(Schema):
    """A reason as a code and an English sentence."""

    code: str
    sentence: str


class RunDetailOut(Schema):
    """A run with its state, its answers, what it can do now and what keeps it from opening."""

    id: int
    name: str
    title: str
    state: str
    paused: bool
    candidate: str
    baseline: str
    votes_per_example: int
    overlap_percent: int
    overlap_votes: int
    reviewers: list[str]
    comparisons: int
    answers: AnswersOut
    to_review: int
    opening_errors: list[ReasonOut]
    actions: list[str]
    opened_at: datetime | None
    closed_at: datetime | None
    revealed_at: datetime | None


@router.get(
    "/projects/{slug}/models",
    operation_id="evaluation_api_runs_models",
    response={200: ModelsOut},
    summary="List the registered models",
)
def models(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the models of a project; how to call them is on their pages."""
    project = project_for(request, slug, Permission.LEAD)
    found = ModelVersion.objects.filter(project=project).order_by("-pk")
    return {
        "items": [
            {
                "id": model.pk,
                "name": model.name,
                "base_model": model.base_model,
                "can_be_asked": model.endpoint_id is not None,
                "created_at": model.created_at,
            }
            for model in found
        ]
    }


@router.get(
    "/projects/{slug}/runs",
    operation_id="evaluation_api_runs_runs",
    response={200: RunsOut},
    summary="List the runs",
)
def list_runs(
    request: HttpRequest,
    slug: str,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> dict[str, Any]:
    """Return a page of the project's runs, the newest first."""
    found = EvaluationRun.objects.filter(project=project_for(request, slug, Permission.LEAD))
    found = found.select_related("candidate", "baseline")
    rows, following = newest_first(found, before=cursor, limit=limit)
    shown = [
        {
            "id": run.pk,
            "name": run.name,
            "state": run.state,
            "candidate": run.candidate.name,
            "baseline": run.baseline.name,
            "created_at": run.created_at,
            "opened_at": run.opened_at,
            "closed_at": run.closed_at,
        }
        for run in rows
    ]
    return {"runs": shown, "next": following}


@router.post(
    "/projects/{slug}/runs",
    operation_id="evaluation_api_runs_create",
    response={200: RunDetailOut},
    summary="Set up a run",
)
def create(request: HttpRequest, slug: str, body: RunIn) -> dict[str, Any]:
    """Set up a run in state draft, by the rules of the page."""
    project = project_for(request, slug, Permission.LEAD)
    form = RunForm(_form_data(project, body), project=project)
    if not form.is_valid():
        raise InvalidInput(_errors_of(form))
    run = run_setup.create_run(
        project=project,
        plan=form.plan(),
        prompts=form.cleaned_data["prompt_set"],
        actor=signed_in_user(request),
    )
    return _detail(run)


def _form_data(project: Project, body: RunIn) -> dict[str, Any]:
    """Return what the page would send: names as ids, and its proposals for what is left out."""
    given = body.dict(exclude_none=True)
    proposed = RunForm(project=project)
    data = {name: proposed[name].value() for name in proposed.fields}
    data |= {name: value for name, value in given.items() if name in proposed.fields}
    version = DatasetVersion.objects.filter(project=project, number=body.version).first()
    if version is None:
        raise InvalidInput(f"This project has no version {body.version}.", field="version")
    data |= {
        "prompts": f"{version.pk}:{body.split}",
        "candidate_id": _model_id(project, body.candidate),
        "baseline_id": _model_id(project, body.baseline),
    }
    if body.reviewers is not None:
        data["rater_ids"] = [_reviewer_id(project, email) for email in body.reviewers]
    return {name: value for name, value in data.items() if value is not None}


def _model_id(project: Project, name: str) -> int:
    found = ModelVersion.objects.filter(project=project, name=name).first()
    if found is None:
        raise InvalidInput(f"This project has no model “{name}”. Register it first.")
    return found.pk


def _reviewer_id(project: Project, email: str) -> int:
    found = User.objects.filter(memberships__project=project, email__iexact=email).first()
    if found is None:
        raise InvalidInput(f"“{email}” is not a member of this project. Add them first.")
    return found.pk


def _errors_of(form: RunForm) -> str:
    """Return the errors of a form as one text, each after its field."""
    found = [
        str(error) if name == "__all__" else f"{name}: {error}"
        for name, errors in form.errors.items()
        for error in errors
    ]
    return " ".join(found)


def _run(request: HttpRequest, run_id: int) -> EvaluationRun:
    related = ("project", "candidate", "baseline")
    run = get_object_or_404(EvaluationRun.objects.select_related(*related), pk=run_id)
    project_for(request, run.project.slug, Permission.LEAD)
    return run


@router.get(
    "/runs/{run_id}",
    operation_id="evaluation_api_runs_show",
    response={200: RunDetailOut},
    summary="State of a run",
)
def show(request: HttpRequest, run_id: ObjectId) -> dict[str, Any]:
    """Return the state of a run and its answers; figures are in `win-rates`."""
    return _detail(_run(request, run_id))


@router.post(
    "/runs/{run_id}/actions",
    operation_id="evaluation_api_runs_act",
    response={200: RunDetailOut},
    summary="Start, pause, resume, open, close or reveal a run",
)
def act(request: HttpRequest, run_id: ObjectId, body: RunActionIn) -> dict[str, Any]:
    """Do what the button of the same name does; 409 if the state does not allow it."""
    run = _run(request, run_id)
    handler = RUN_ACTION_HANDLERS[RunAction(body.action)]
    handler(run.pk, signed_in_user(request), body.reason)
    ANSWERS.send_due()
    run.refresh_from_db()
    return _detail(run)


def _detail(run: EvaluationRun) -> dict[str, Any]:
    state = RunState(run.state)
    progress = generation.answer_progress(run)
    errors = runs.opening_errors(run) if state in _SETUP_STATES else []
    names = {action.value for action in RUN_ACTION_HANDLERS.keys() & run_actions_in(state)}
    columns = ("id", "name", "title", "state", "paused", "opened_at", "closed_at", "revealed_at")
    numbers = ("votes_per_example", "overlap_percent", "overlap_votes")
    current = run.raters.filter(removed_at__isnull=True).order_by("name")
    return {
        **{name: getattr(run, name) for name in (*columns, *numbers)},
        "candidate": run.candidate.name,
        "baseline": run.baseline.name,
        "reviewers": list(current.values_list("name", flat=True)),
        "comparisons": run.comparisons.count(),
        "answers": {
            "total": progress.total,
            "done": progress.done,
            "failed": progress.failed,
            "cost_usd": progress.cost_usd,
        },
        "to_review": len(answers_to_review(run)) if state == RunState.GENERATING else 0,
        "opening_errors": [
            {"code": error.code, "sentence": render_english(error)} for error in errors
        ],
        "actions": sorted(names),
    }
