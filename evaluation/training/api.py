"""API of trainings, for scripts of leads: forecast, start, follow, cancel."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from evaluation.training.actions import asking, starting
from evaluation.training.forecast import Forecast
from evaluation.training.models import FIGURES, Ask, Method, TrainingRun
from evaluation.training.plans import provider_or_error
from evaluation.training.progress import progress_of
from evaluation.training.providers.kinds import DEFAULT
from evaluation.training.tasks import TRAININGS
from evaluation.training.terms import TrainingPlan
from evaluation.training.windows.actions import start_now
from evaluation.training.windows.calendar import waits_until
from reviewapp.core.api import Cursor, Limit, ObjectId
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
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


class TrainingForecast(Schema):
    """What a training would take; dollars are null without a price, seconds without a history.

    The time is expected between `seconds` divided by `time_factor` and times it.
    `is_exact` is false while the tokens are those of another tokenizer; ask again a little later.
    """

    tokens: int
    epochs: int
    usd: float | None
    usd_per_million_tokens: float | None
    price_as_of: str | None
    seconds: int | None
    time_factor: float | None
    is_exact: bool


class TrainingOut(Schema):
    """A training; `state` is the provider's own word, `code` and `error` why it ended or waits.

    `waits_until` is the opening of the time window that it waits for.
    """

    id: int
    version: int
    method: str
    preferences: int | None
    provider: str
    base_model: str
    stage: str
    state: str
    asked: str
    code: str
    error: str
    job: str
    model: str
    expected_tokens: int
    expected_usd: float | None
    tokens: int | None
    usd: float | None
    started_by: str | None
    waits_until: datetime | None
    created_at: datetime
    ended_at: datetime | None
    is_over: bool


class CheckpointOut(Schema):
    """A checkpoint with its figures at its step; `name` is that of the registered model.

    `is_kept` is false once the provider no longer has it, `files` are SHA-256 by name.
    """

    model: str
    name: str | None
    step: int
    is_final: bool
    is_kept: bool
    files: dict[str, str]
    train_loss: float | None
    train_accuracy: float | None
    valid_loss: float | None
    valid_accuracy: float | None
    full_valid_loss: float | None
    full_valid_accuracy: float | None


class MetricOut(Schema):
    """The figures of a step; null where it was not measured."""

    step: int
    train_loss: float | None
    train_accuracy: float | None
    valid_loss: float | None
    valid_accuracy: float | None
    full_valid_loss: float | None
    full_valid_accuracy: float | None


class TrainingEventOut(Schema):
    """An event: what happened by a stable name, who did it, stage before and after, and details.

    `actor` is null for what a worker did.
    """

    id: int
    event: str
    at: datetime
    actor: str | None
    before: str
    after: str
    detail: dict[str, Any]


class TrainingDetail(TrainingOut):
    """A training with its figures; `course` says how the training loss moves at the end."""

    step: int | None
    total_steps: int | None
    expected_end: datetime | None
    has_overfit: bool
    course: str
    history: list[TrainingEventOut]
    checkpoints: list[CheckpointOut]
    metrics: list[MetricOut]


class TrainingsOut(Schema):
    """A page of trainings, the newest first; `next` is the cursor of the following page."""

    items: list[TrainingOut]
    next: int | None


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
        return Status(200, _forecast(starting.prepare_training(project, plan).forecast))
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
