"""The shapes of the answers of the API of trainings."""

from datetime import date, datetime
from typing import Any

from ninja import Schema


class FoundOut(Schema):
    """Something that a check found, by a stable code and in a sentence."""

    code: str
    text: str


class TrainingForecast(Schema):
    """What a training would take; dollars are null without a price, seconds without a history.

    The time is expected between `seconds` divided by `time_factor` and times it.
    `is_exact` is false while the tokens are those of another tokenizer; ask again a little later.

    `errors` are what the provider would reject in the exact bytes, `denied` why the budget forbids
    the start. Large files are checked by a worker: ask again until `checked_share` is 1. `notes`
    are about the key, about limits of the base model that were not told, and about what is not
    known of it.
    """

    tokens: int
    epochs: int
    usd: float | None
    usd_per_million_tokens: float | None
    price_as_of: str | None
    seconds: int | None
    time_factor: float | None
    is_exact: bool
    errors: list[FoundOut]
    warnings: list[FoundOut]
    notes: list[FoundOut]
    denied: str
    checked_share: float
    shutdown: date | None


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
