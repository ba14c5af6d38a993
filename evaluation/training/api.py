"""API of trainings, for scripts of leads: forecast, start, follow, cancel."""

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from evaluation.providers.keys import key_notes
from evaluation.training.actions import asking, starting
from evaluation.training.forecast import Forecast
from evaluation.training.models import FIGURES, Ask, Method, TrainingRun
from evaluation.training.plans import provider_or_error
from evaluation.training.preflights.actions import check_training
from evaluation.training.progress import progress_of
from evaluation.training.providers.kinds import DEFAULT
from evaluation.training.retirement.dates import shutdown_of
from evaluation.training.schemas import (
    TrainingDetail,
    TrainingForecast,
    TrainingOut,
    TrainingsOut,
)
from evaluation.training.tasks import TRAININGS
from evaluation.training.terms import TrainingPlan
from evaluation.training.windows.actions import start_now
from evaluation.training.windows.calendar import waits_until
from reviewapp.core.api import Cursor, Limit, ObjectId
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message
from reviewapp.core.paging import PAGE_SIZE, newest_first
from reviewapp.core.texts import render_english
from reviewapp.people.api import project_for
from reviewapp.people.http import signed_in_user
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

router = Router(tags=["trainings"])

Text = Annotated[str, Field(max_length=500)]


class TrainingIn(Schema):
    """A training to start; with `dry_run` it is only checked and forecast.

    Without `base_url` and `api_key_name` they are the usual ones of the provider.
    """

    version: ObjectId
    base_model: Annotated[str, Field(min_length=1, max_length=200)]
    provider: Annotated[str, Field(max_length=20)] = DEFAULT
    base_url: Text | None = None
    api_key_name: Annotated[str | None, Field(max_length=80)] = None
    hyperparameters: dict[str, float | str] = {}
    seed: Annotated[int | None, Field(ge=0, le=2**31 - 1)] = None
    suffix: Annotated[str, Field(max_length=64)] = ""
    note: Annotated[str, Field(max_length=2000)] = ""
    # The number of a set of preferences, to train on its pairs (DPO); the version is then that of
    # the model which is trained further.
    preferences: ObjectId | None = None
    start: Literal["now", "window"] = "now"
    dry_run: bool = False


def _shown(training: TrainingRun) -> dict[str, Any]:
    usd, expected = training.cost_usd, training.expected_usd
    return {
        "id": training.pk,
        "version": training.version.number,
        "method": training.method,
        "preferences": training.preference_set and training.preference_set.number,
        "provider": training.provider,
        "base_model": training.base_model,
        "stage": training.stage,
        "state": training.provider_state,
        "asked": training.asked,
        "code": training.error_code,
        "error": render_english(training.error),
        "job": training.provider_job_id,
        "model": training.tuned_model,
        "expected_tokens": training.expected_tokens,
        "expected_usd": None if expected is None else float(expected),
        "tokens": training.trained_tokens,
        "usd": None if usd is None else float(usd),
        "started_by": training.started_by.email if training.started_by else None,
        "waits_until": waits_until(training),
        "created_at": training.created_at,
        "ended_at": training.ended_at,
        "is_over": training.is_over,
    }


@router.get(
    "/projects/{slug}/trainings",
    operation_id="evaluation_api_trainings_list",
    response={200: TrainingsOut},
    summary="List the trainings",
)
def list_trainings(
    request: HttpRequest,
    slug: str,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
) -> dict[str, Any]:
    """Return a page of the project's trainings, the newest first."""
    found = TrainingRun.objects.filter(project=project_for(request, slug, Permission.LEAD))
    found = found.select_related("version", "preference_set", "started_by")
    rows, following = newest_first(found, before=cursor, limit=limit)
    return {"items": [_shown(row) for row in rows], "next": following}


@router.post(
    "/projects/{slug}/trainings",
    operation_id="evaluation_api_trainings_start",
    response={200: TrainingForecast, 202: TrainingOut},
    summary="Start a training, or forecast one",
)
def start(request: HttpRequest, slug: str, body: TrainingIn) -> Any:
    """Start a training, which costs money; with `dry_run` return its forecast and start nothing."""
    project = project_for(request, slug, Permission.LEAD)
    plan = _plan(project, body)
    if body.dry_run:
        return Status(200, _dry_run(project, starting.prepare_training(project, plan), body))
    training = starting.start_training(
        project=project,
        plan=plan,
        actor=signed_in_user(request),
        in_window=body.start == "window",
    )
    TRAININGS.send(training.pk)
    return Status(202, _shown(training))


def _plan(project: Project, body: TrainingIn) -> TrainingPlan:
    version = project.versions.filter(number=body.version).first()
    if version is None:
        raise InvalidInput(message("training.unknown_version"))
    pairs = project.preference_sets.filter(number=body.preferences or 0).first()
    if body.preferences is not None and pairs is None:
        raise InvalidInput(message("training.unknown_preferences"))
    provider = provider_or_error(body.provider)
    url, key_name = body.base_url, body.api_key_name
    return TrainingPlan(
        version_id=version.pk,
        preferences_id=pairs.pk if pairs else None,
        method=(Method.DPO if pairs else Method.SFT).value,
        provider=provider.kind,
        base_url=provider.base_url if url is None else url,
        api_key_name=provider.api_key_name if key_name is None else key_name,
        base_model=body.base_model,
        hyperparameters=body.hyperparameters,
        seed=body.seed,
        suffix=body.suffix,
        note=body.note,
    )


def _dry_run(project: Project, prepared: starting.Prepared, body: TrainingIn) -> dict[str, Any]:
    """Return what the set-up page shows before the start."""
    service = prepared.plan.service
    checked = check_training(project, provider_or_error(body.provider), prepared)
    notes = key_notes(service.api_key_name, service.base_url) if service.api_key_name else []
    if checked.asked.failure is not None:
        notes = [*notes, checked.asked.failure]
    notes = [*notes, *checked.notes]
    shutdown = shutdown_of(project, prepared.plan.base_model, service.base_url)
    return {
        **_forecast(prepared.forecast),
        "errors": [_found(error) for error in checked.errors],
        "warnings": [_found(warning) for _file, warning in checked.warnings],
        "notes": [_found(note) for note in notes],
        "denied": render_english(starting.budget_denied_reason(project, prepared.forecast)),
        "checked_share": 1.0 if checked.share is None else checked.share,
        "shutdown": shutdown.day if shutdown else None,
    }


def _found(found: Message) -> dict[str, str]:
    return {"code": _code(found), "text": render_english(found)}


def _code(found: Message) -> str:
    """Return the code of what was found, without the file and the lines where it was."""
    inner = found.params.get("error", found.params.get("issue"))
    return _code(inner) if isinstance(inner, Message) else found.code


def _forecast(found: Forecast) -> dict[str, Any]:
    price = found.price
    return {
        "tokens": found.tokens,
        "epochs": found.epochs,
        "usd": None if found.usd is None else float(found.usd),
        "usd_per_million_tokens": float(price.usd_per_million_tokens) if price else None,
        "price_as_of": price.as_of.isoformat() if price else None,
        "seconds": found.seconds,
        "time_factor": found.time_factor,
        "is_exact": found.is_exact,
    }


@router.get(
    "/trainings/{training_id}",
    operation_id="evaluation_api_trainings_show",
    response={200: TrainingDetail},
    summary="How far a training is",
)
def show(request: HttpRequest, training_id: ObjectId) -> dict[str, Any]:
    """Return stage, cost, figures and models of a training."""
    training = _training(request, training_id)
    progress = progress_of(training)
    return {
        **_shown(training),
        "step": progress.step,
        "total_steps": progress.total_steps,
        "expected_end": progress.ends_at,
        "has_overfit": progress.overfit is not None,
        "course": progress.course,
        "history": _history(training),
        "checkpoints": [
            {
                "model": checkpoint.model_id,
                "name": checkpoint.model_version.name if checkpoint.model_version else None,
                "step": checkpoint.step,
                "is_final": checkpoint.is_final,
                "is_kept": checkpoint.is_kept,
                "files": checkpoint.files,
                **{name: getattr(checkpoint, name) for name in FIGURES},
            }
            for checkpoint in progress.checkpoints
        ],
        "metrics": list(training.metrics.values("step", *FIGURES)),
    }


def _history(training: TrainingRun) -> list[dict[str, Any]]:
    return [
        {
            "id": event.pk,
            "event": event.action,
            "at": event.at,
            "actor": event.actor.email if event.actor else None,
            "before": event.before,
            "after": event.after,
            "detail": event.detail,
        }
        for event in training.audit.select_related("actor").order_by("pk")
    ]


@router.post(
    "/trainings/{training_id}/start",
    operation_id="evaluation_api_trainings_start_now",
    response={202: TrainingOut},
    summary="Start a training that waits for a window",
)
def start_waiting(request: HttpRequest, training_id: ObjectId) -> Any:
    """Start it now instead of when the window opens."""
    training = _training(request, training_id)
    started = start_now(training_id=training.pk, actor=signed_in_user(request))
    TRAININGS.send(started.pk)
    return Status(202, _shown(started))


@router.post(
    "/trainings/{training_id}/{act}",
    operation_id="evaluation_api_trainings_act",
    response={202: TrainingOut},
    summary="Cancel, pause or resume a training",
)
def act(
    request: HttpRequest, training_id: ObjectId, act: Literal["cancel", "pause", "resume"]
) -> Any:
    """Ask for it; a worker carries it out, and the stage changes when the provider reports it."""
    training = _training(request, training_id)
    asked = asking.ask_training(
        training_id=training.pk, ask=Ask(act), actor=signed_in_user(request)
    )
    TRAININGS.send(asked.pk)
    return Status(202, _shown(asked))


def _training(request: HttpRequest, training_id: int) -> TrainingRun:
    related = ("project", "version", "endpoint", "started_by")
    training = TrainingRun.objects.select_related(*related).filter(pk=training_id).first()
    if training is None:
        raise Http404
    project_for(request, training.project.slug, Permission.LEAD)
    return training
