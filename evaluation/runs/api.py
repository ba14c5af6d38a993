"""API to set up, watch and change runs, for scripts of leads."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router

from datasets.versions.models import DatasetVersion
from evaluation.batches.actions.starting import start_with_batches
from evaluation.batches.tasks import BATCHES
from evaluation.registry.models import ModelVersion
from evaluation.results.actions.run_actions import RUN_ACTION_HANDLERS
from evaluation.runs.actions import generation, run_setup, runs
from evaluation.runs.answer_review import answers_to_review
from evaluation.runs.forms.prompt_choices import key_of_run
from evaluation.runs.forms.runs import RunForm
from evaluation.runs.generation_forecast import forecast_generation
from evaluation.runs.lifecycle import RunAction, RunState, run_actions_in
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from evaluation.runs.schemas import (
    GenerationForecastOut,
    ModelsOut,
    RunActionIn,
    RunDetailOut,
    RunIn,
    RunsOut,
    TrainedMatchesOut,
)
from evaluation.runs.stored_answers import reuses_by_default
from evaluation.runs.tasks import ANSWERS
from evaluation.runs.trained_matches import kept_event, match_counts, match_rows, matched_prompts
from evaluation.runs.withdrawal_choices import withdrawal_choices
from reviewapp.core.api import Cursor, Limit, ObjectId
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.core.paging import PAGE_SIZE, newest_first
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import Permission

router = Router(tags=["runs"])

MAX_MATCHES = 500
_SETUP_STATES = {RunState.DRAFT, RunState.GENERATING}


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
    return _detail(run, signed_in_user(request))


def _form_data(project: Project, body: RunIn) -> dict[str, Any]:
    """Return what the page would send: names as ids, and its proposals for what is left out."""
    given = body.dict(exclude_none=True)
    chosen = {
        "candidate_id": _model_id(project, body.candidate),
        "baseline_id": _model_id(project, body.baseline),
    }
    proposed = RunForm(project=project, initial=chosen)
    data = {name: proposed[name].value() for name in proposed.fields}
    data |= {name: value for name, value in given.items() if name in proposed.fields}
    data["prompts"] = _prompts_key(project, body)
    if body.reviewers is not None:
        data["rater_ids"] = [_reviewer_id(project, email) for email in body.reviewers]
    return {name: value for name, value in data.items() if value is not None}


def _prompts_key(project: Project, body: RunIn) -> str:
    """Return the choice of the page: a split of a version, or the prompts of a run."""
    if body.prompts_of_run is not None:
        if body.version is not None or body.split is not None:
            raise InvalidInput(
                "Send either version and split, or prompts_of_run.", field="prompts_of_run"
            )
        run = EvaluationRun.objects.filter(project=project, pk=body.prompts_of_run).first()
        if run is None:
            raise InvalidInput(
                f"This project has no run {body.prompts_of_run}.", field="prompts_of_run"
            )
        return key_of_run(run)
    if body.version is None or body.split is None:
        raise InvalidInput("Send version and split, or prompts_of_run.", field="version")
    version = DatasetVersion.objects.filter(project=project, number=body.version).first()
    if version is None:
        raise InvalidInput(f"This project has no version {body.version}.", field="version")
    return f"{version.pk}:{body.split}"


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
    return _detail(_run(request, run_id), signed_in_user(request))


@router.get(
    "/runs/{run_id}/generation",
    operation_id="evaluation_api_runs_generation",
    response={200: GenerationForecastOut},
    summary="Forecast of the answers",
)
def forecast(request: HttpRequest, run_id: ObjectId) -> dict[str, Any]:
    """Return calls, tokens and cost of generating the answers of a draft; 422 afterwards."""
    run = _run(request, run_id)
    if run.state != RunState.DRAFT:
        raise InvalidInput(message("runs.no_start_generation", state=run.state))
    found = forecast_generation(run)
    return {
        "models": [
            {
                **asdict(part.all),
                "model": part.model.name,
                "prices_as_of": part.prices_as_of,
                "is_length_assumed": part.is_length_assumed,
                "reusable": part.saved.calls,
                "saved_usd": part.saved.usd,
            }
            for part in found.models
        ],
        "calls": found.calls,
        "reusable": found.reusable,
        "usd": found.usd,
        "saved_usd": found.saved_usd,
        "reuses_by_default": reuses_by_default(run),
        "is_sampled": found.is_sampled,
    }


@router.get(
    "/runs/{run_id}/trained-matches",
    operation_id="evaluation_api_runs_trained_matches",
    response={200: TrainedMatchesOut},
    summary="List prompts that are like training data",
)
def trained_matches(request: HttpRequest, run_id: ObjectId) -> dict[str, Any]:
    """Return what was found when the run was set up, equal, near, or with another answer."""
    run = _run(request, run_id)
    return {
        "prompts": matched_prompts(run),
        **match_counts(run),
        "is_kept": kept_event(run) is not None,
        "items": [
            {
                "position": row.match.comparison.position,
                "version": row.match.version.number if row.match.version else None,
                "split": row.match.split or None,
                "example": row.example_id,
                "preferred_in_run": row.learned_from.run_id if row.learned_from else None,
                "preferred_at": row.learned_from.position if row.learned_from else None,
                "kind": row.match.kind,
                "question": row.match.question,
                "answer": row.match.answer,
            }
            for row in match_rows(run, MAX_MATCHES)
        ],
    }


@router.post(
    "/runs/{run_id}/actions",
    operation_id="evaluation_api_runs_act",
    response={200: RunDetailOut},
    summary="Start, pause, resume, open, close or reveal a run, or withdraw comparisons",
)
def act(request: HttpRequest, run_id: ObjectId, body: RunActionIn) -> dict[str, Any]:
    """Do what the button of the same name does; 409 if the state does not allow it."""
    run = _run(request, run_id)
    actor = signed_in_user(request)
    if body.action == "start_generation":
        reuse = reuses_by_default(run) if body.reuse_answers is None else body.reuse_answers
        if body.batch:
            fallback = body.batch_fallback
            start_with_batches(run_id=run.pk, actor=actor, reuse_answers=reuse, fallback=fallback)
            BATCHES.send_due()
        else:
            generation.start_generation(run_id=run.pk, actor=actor, reuse_answers=reuse)
    else:
        RUN_ACTION_HANDLERS[RunAction(body.action)](run.pk, actor, body.reason)
    ANSWERS.send_due()
    run.refresh_from_db()
    return _detail(run, actor)


def _faulty(run: EvaluationRun) -> dict[str, int]:
    """Return how many comparisons the actions on cut and on blank answers would withdraw."""
    choices = withdrawal_choices(run) if run.state in _SETUP_STATES else []
    found = {choice.action: choice.comparisons for choice in choices}
    names = {
        "with_cut_answer": RunAction.WITHDRAW_CUT,
        "with_blank_answer": RunAction.WITHDRAW_BLANK,
    }
    return {name: found.get(action, 0) for name, action in names.items()}


def _detail(run: EvaluationRun, actor: User) -> dict[str, Any]:
    state = RunState(run.state)
    progress = generation.answer_progress(run)
    errors = runs.opening_errors(run) if state in _SETUP_STATES else []
    names = {
        action.value
        for action in RUN_ACTION_HANDLERS.keys()
        & run_actions_in(state, has_answers=run.has_answers)
    }
    columns = ("id", "name", "title", "state", "paused", "opened_at", "closed_at", "revealed_at")
    numbers = ("votes_per_example", "overlap_percent", "overlap_votes")
    current = run.raters.filter(removed_at__isnull=True).order_by("name")
    return {
        **{name: getattr(run, name) for name in (*columns, *numbers)},
        "candidate": run.candidate.name,
        "baseline": run.baseline.name,
        "reviewers": list(current.values_list("name", flat=True)),
        "comparisons": run.comparisons.count(),
        "withdrawn": run.comparisons.filter(state=Comparison.State.WITHDRAWN).count(),
        **_faulty(run),
        "like_training_data": matched_prompts(run),
        "answers": {
            "total": progress.total,
            "done": progress.done,
            "failed": progress.failed,
            "cost_usd": progress.cost_usd,
            "reused": 0 if figures_denied_reason(actor, run) else progress.reused,
        },
        "to_review": len(answers_to_review(run)) if state in _SETUP_STATES else 0,
        "opening_errors": [
            {"code": error.code, "sentence": render_english(error)} for error in errors
        ],
        "actions": sorted(names),
    }
