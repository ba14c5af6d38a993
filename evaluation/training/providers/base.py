"""The interface of every provider of trainings, in the provider's terms.

A provider turns every failure of its service into one of the three of `evaluation.providers.base`,
sets a deadline for each call, and never retries by itself: the job decides what to repeat, after
looking for what an earlier call may have left.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import IO, Any, Protocol, runtime_checkable

from django.utils.functional import Promise

from datasets.versions.exports import Flavour
from datasets.versions.preflight import FileRules
from evaluation.providers.addresses import clean_base_url
from reviewapp.core.messages import Message

NOT_THERE = "not_found"
"""The code of a PermanentFailure for a job or a file that the service does not know."""


class Capability(StrEnum):
    """A verb or a report that only some providers have; pages ask for it."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"  # a paused job
    EARLY_PAUSE = "early_pause"  # pauses also before the first step
    CHECKPOINTS = "checkpoints"
    CONTINUE = "continue"  # trains a tuned model further
    VALIDATION = "validation"  # takes a file of validation examples
    PREFERENCES = "preferences"  # trains on pairs (DPO)
    LIMITS = "limits"  # tells the limits of a base model


class JobStatus(StrEnum):
    """What the state of a provider's job means here."""

    VALIDATING = "validating"
    RUNNING = "running"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Service:
    """Where a provider's API is; the key is named, never held."""

    base_url: str
    api_key_name: str


@dataclass(frozen=True)
class Hyperparameter:
    """A number that a lead may choose within the limits of the provider, or one of some words.

    Attributes:
        name: in the provider's API.
        label: shown on pages.
        minimum, maximum: inclusive; None is no limit. An exclusive minimum is `above`.
        default: proposed by the form; None leaves it to the provider.
        is_applied: whether an empty value means the default, not what the provider chooses.
        is_for_preferences: whether it only matters to a training on pairs.
        is_whole: whether it is an integer.
        choices: the words, each with its label; empty for a number.
    """

    name: str
    label: str | Promise
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    default: float | None = None
    is_whole: bool = True
    is_applied: bool = False
    is_for_preferences: bool = False
    choices: tuple[tuple[str, str | Promise], ...] = ()


@dataclass(frozen=True)
class PlannedFile:
    """A file to train on; its bytes are those of a frozen version."""

    split: str
    size_bytes: int
    examples: int
    tokens: int
    sha256: str = ""


@dataclass(frozen=True)
class Plan:
    """What shall be trained.

    Attributes:
        files: the training file, and that of the validation split where the provider takes one.
        hyperparameters: by the provider's name; a missing one is left to the provider.
        is_tuned: whether the base model was tuned at the same place, and is trained further.
    """

    service: Service
    base_model: str
    method: str
    files: Sequence[PlannedFile]
    hyperparameters: Mapping[str, float | str] = field(default_factory=dict)
    seed: int | None = None
    suffix: str = ""
    is_tuned: bool = False

    def number(self, name: str) -> float | None:
        """Return a hyperparameter that is a number; None if it is left to the provider."""
        value = self.hyperparameters.get(name)
        return None if isinstance(value, str) else value


@dataclass(frozen=True)
class ModelLimit:
    """The limits of a base model for a hyperparameter; None is no limit."""

    name: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Estimate:
    """What a plan would train: tokens of the training file, as often as it is read.

    Attributes:
        is_exact: whether the tokens were counted by the tokenizer of the base model.
        is_counting: whether they will be within seconds; a later estimate has them.
        seconds: by the provider's own rule, for the first training of a base model.
    """

    tokens: int
    epochs: int
    is_epochs_assumed: bool = False
    is_exact: bool = True
    is_counting: bool = False
    seconds: int | None = None


@dataclass(frozen=True)
class Figures:
    """What was measured at a step; None where it was not."""

    step: int
    train_loss: float | None = None
    train_accuracy: float | None = None
    valid_loss: float | None = None
    valid_accuracy: float | None = None
    full_valid_loss: float | None = None
    full_valid_accuracy: float | None = None


@dataclass(frozen=True)
class JobReport:
    """The state of a provider's job.

    Attributes:
        state: the provider's own word.
        status: what it means; None for a word that is not known, which is no end.
        error: why it failed, in the provider's words.
        ended_at: None where the provider names no time of the end.
        result_files: ids of files with the figures of each step.
    """

    job_id: str
    state: str
    status: JobStatus | None
    created_at: float = 0.0
    model_id: str = ""
    error_code: str = ""
    error: str = ""
    trained_tokens: int | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    estimated_finish: datetime | None = None
    ended_at: datetime | None = None
    result_files: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportedEvent:
    """A line of the provider's log, with the figures of a step where it reports some.

    `text` is in the provider's words; a line of our own trainer is a `message` instead. An event
    with `begins_after` says that the steps after this one are trained again, in another place.
    """

    event_id: str
    at: datetime
    level: str
    kind: str
    text: str = ""
    message: Message | None = None
    figures: Figures | None = None
    total_steps: int | None = None
    begins_after: int | None = None


@dataclass(frozen=True)
class ReportedCheckpoint:
    """A model of an earlier step that can be asked; `files` are SHA-256 by name, if known."""

    model_id: str
    figures: Figures
    files: Mapping[str, str] = field(default_factory=dict)


OWN_TRAINER = FileRules(min_examples=1, max_tokens=None, max_megabytes=None, takes_images=False)
"""What the trainer of this product takes; the base model limits the tokens."""


class ProviderDefaults:
    """What most kinds have in common; a provider overrides what differs."""

    flavour = Flavour.PLAIN
    has_list_prices = False
    has_endpoint = True
    is_free = False
    takes_any_base = True
    terms: tuple[str | Promise, ...] = ()
    address_help: str | Promise = ""
    rules = FileRules()

    def check(self, plan: Plan) -> list[Message]:
        """Return what the service would reject in the files of a plan, by their sizes."""
        return [error for file in plan.files for error in self.rules.size_errors(file.size_bytes)]

    def notes(self, plan: Plan) -> list[Message]:
        """Return what a lead should know of a plan before the start; nothing."""
        return []

    def limits(self, plan: Plan) -> list[ModelLimit]:
        """Raise: the service has no limits of single models (`LIMITS`)."""
        raise NotImplementedError

    def address(self, base_url: str) -> str:
        """Return the address of the API from what a lead entered."""
        return clean_base_url(base_url)

    def is_ready(self, service: Service, file_id: str) -> bool:
        """Return whether the service has processed an uploaded file."""
        return True

    def serving_address(self, service: Service) -> str:
        """Return the address at which tuned models are asked."""
        return service.base_url

    def base_models(self) -> list[str]:
        """Return the only base models that can be chosen; empty for whatever the service has."""
        return []


@runtime_checkable
class ListsShutdowns(Protocol):
    """A provider whose list of models names the day on which it shuts a model down."""

    def shutdown_day(self, service: Service, model: str) -> date | None:
        """Return the day on which a model is shut down; None where the service names none."""


class TrainingProvider(Protocol):
    """One kind of service that trains models.

    Attributes:
        kind: stored with each training.
        label: shown on pages.
        base_url, api_key_name: proposed to a lead.
        address_help: what to enter as the address; empty where the proposed one is usual.
        terms: sentences for a lead who chooses this kind.
        capabilities: which optional verbs work; the others raise NotImplementedError.
        hyperparameters: what a lead may choose.
        max_suffix_length, max_seed: limits of the plan; 0 where the service takes none.
        rules: what it takes in a file.
        flavour: what is put in front of the frozen bytes.
        has_list_prices: whether the prices that come with Touchstone are those of this kind.
        has_endpoint: whether it is a service with an address.
        is_free: whether it charges nothing.
        takes_any_base: whether a lead types the base model instead of choosing one.
    """

    kind: str
    label: str | Promise
    base_url: str
    api_key_name: str
    address_help: str | Promise
    terms: tuple[str | Promise, ...]
    capabilities: frozenset[Capability]
    hyperparameters: tuple[Hyperparameter, ...]
    max_suffix_length: int
    max_seed: int
    rules: FileRules
    flavour: Flavour
    has_list_prices: bool
    has_endpoint: bool
    is_free: bool
    takes_any_base: bool

    def base_models(self) -> list[str]:
        """Return the only base models that can be chosen; empty for whatever the service has."""

    def address(self, base_url: str) -> str:
        """Return the address of the API from what a lead entered."""

    def check(self, plan: Plan) -> list[Message]:
        """Return what the service would reject in a plan, before a byte leaves."""

    def notes(self, plan: Plan) -> list[Message]:
        """Return what a lead should know of a plan before the start."""

    def limits(self, plan: Plan) -> list[ModelLimit]:
        """Return the limits of the base model, which are asked for (`LIMITS`)."""

    def estimate(self, plan: Plan) -> Estimate:
        """Return how many tokens a plan would train."""

    def serving_address(self, service: Service) -> str:
        """Return the address at which tuned models are asked."""

    def model_kind(self, service: Service) -> str:
        """Return the kind of `evaluation.providers.kinds` by which a tuned model is asked."""

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Upload a file under a name that no other file has; return the service's id of it."""

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return the ids of the files with this name, oldest first."""

    def is_ready(self, service: Service, file_id: str) -> bool:
        """Return whether the service has processed a file; a failure if it cannot."""

    def create(self, plan: Plan, files: Mapping[str, str], key: str) -> JobReport:
        """Start a paid job that carries the key. `files` are the ids by split."""

    def find(self, service: Service, key: str, training_file: str) -> list[JobReport]:
        """Return the jobs that carry the key or train on the file, oldest first."""

    def poll(self, service: Service, job_id: str) -> JobReport:
        """Return the state of a job."""

    def events(self, service: Service, job_id: str, known: Collection[str]) -> list[ReportedEvent]:
        """Return the events whose ids are not known yet, oldest first."""

    def checkpoints(self, service: Service, job_id: str) -> list[ReportedCheckpoint]:
        """Return the checkpoints that are kept (`CHECKPOINTS`)."""

    def result(self, service: Service, file_id: str) -> bytes:
        """Return a result file; a TemporaryFailure while it is not there yet."""

    def figures_of(self, content: bytes) -> list[Figures]:
        """Return the figures of the steps in a result file."""

    def cancel(self, service: Service, job_id: str) -> None:
        """Cancel a job (`CANCEL`); one that has ended is left as it is."""

    def pause(self, service: Service, job_id: str) -> None:
        """Pause a job (`PAUSE`)."""

    def resume(self, service: Service, job_id: str) -> None:
        """Resume a paused job (`RESUME`)."""

    def delete_file(self, service: Service, file_id: str) -> None:
        """Delete an uploaded file; it is no error if it is not there."""
