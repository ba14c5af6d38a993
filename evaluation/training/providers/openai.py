"""Fine-tuning jobs by OpenAI's API, which other services implement too.

Facts about limits and quirks: docs/training.md, "What the service does".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from evaluation.providers import openai as chat
from evaluation.providers.base import PermanentFailure, TemporaryFailure, strip_unstorable
from evaluation.providers.listing import listed
from evaluation.training.naming import base_of, without_date
from evaluation.training.providers.base import (
    NOT_THERE,
    Capability,
    Estimate,
    Figures,
    Hyperparameter,
    JobReport,
    JobStatus,
    Plan,
    ProviderDefaults,
    ReportedCheckpoint,
    ReportedEvent,
    Service,
)
from evaluation.training.providers.result_csv import MAX_STEP, figures_from, read_result_csv
from reviewapp.core.messages import Message, message
from reviewapp.core.outbound.addresses import host_and_port

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from openai import OpenAI
    from openai.types.fine_tuning import FineTuningJob, FineTuningJobEvent

PURPOSE: Final = "fine-tune"
KEY_NAME = "touchstone_training"
"""The name of our key in the metadata of a job."""
STATUSES = {
    "validating_files": JobStatus.VALIDATING,
    "queued": JobStatus.VALIDATING,
    "running": JobStatus.RUNNING,
    "paused": JobStatus.PAUSED,
    "succeeded": JobStatus.SUCCEEDED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
}
TARGET_EPOCHS, MAX_EPOCHS = 3, 25
# Epochs that are left to the service are chosen so that this many examples are read in all.
MIN_READ, MAX_READ = 100, 25_000
CALL_SECONDS, SHORT_SECONDS = 60.0, 10.0
# 512 MB, the largest file that is accepted, at 5 Mbit a second.
UPLOAD_SECONDS = 900.0
MAX_JOBS, MAX_FILES, MAX_EVENTS = 200, 20_000, 2_000
PAGE = 100
EPOCHS = "n_epochs"
METHODS = {"sft": "supervised", "dpo": "dpo"}
"""The methods of trainings, as the service names them."""
CODE_LENGTH, TEXT_LENGTH = 80, 2_000
# Read on 2026-11-29. Source of the first: OpenAI's guide "Direct preference optimization", and for
# gpt-4o its guide "Fine-tuning" of December 2024. The second are the other base models that its
# guides ever named for trainings: a job on pairs with one of them is refused after the upload.
TAKES_PREFERENCES = ("gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o")
TAKES_NO_PREFERENCES = frozenset(
    {
        *("gpt-4o-mini", "gpt-3.5-turbo", "gpt-3.5-turbo-0125", "gpt-3.5-turbo-1106"),
        *("gpt-3.5-turbo-0613", "gpt-4-0613", "o4-mini", "babbage-002", "davinci-002"),
    }
)


class OpenAITraining(ProviderDefaults):
    """The service of OpenAI, and those with the same interface.

    Attributes:
        statuses: what the states of a job mean.
        filters_jobs: whether the list of jobs can be asked for those with a key in their metadata.
    """

    kind = "openai"
    label: str | Promise = _("OpenAI, or a service with its API")
    base_url = "https://api.openai.com/v1"
    api_key_name = "OPENAI_API_KEY"
    capabilities = frozenset(Capability) - {Capability.LIMITS}
    max_suffix_length = 64
    max_seed = 2**31 - 1
    has_list_prices = True
    statuses = STATUSES
    filters_jobs = True
    terms: tuple[str | Promise, ...] = (
        _(
            "OpenAI takes no new trainings from 6 January 2027, and from many organisations "
            "already today. Tuned models stop with their base models."
        ),
    )
    hyperparameters: tuple[Hyperparameter, ...] = (
        Hyperparameter(EPOCHS, _("Epochs"), minimum=1, maximum=50, default=TARGET_EPOCHS),
        Hyperparameter("batch_size", _("Batch size"), minimum=1, maximum=256),
        Hyperparameter(
            "learning_rate_multiplier", _("Learning rate multiplier"), above=0, is_whole=False
        ),
        Hyperparameter(
            *("beta", _("Beta (preferences)")),
            above=0,
            maximum=2,
            is_whole=False,
            is_for_preferences=True,
        ),
    )

    def check(self, plan: Plan) -> list[Message]:
        """Return what the service would reject; OpenAI itself, pairs on some base models."""
        found = super().check(plan)
        base = _base_for_preferences(plan)
        if base in TAKES_NO_PREFERENCES and is_openai(plan.service.base_url):
            known = list(TAKES_PREFERENCES)
            found.append(message("training.base_takes_no_preferences", name=base, known=known))
        return found

    def notes(self, plan: Plan) -> list[Message]:
        """Return that a base model is not known to be trained on pairs."""
        base = _base_for_preferences(plan)
        is_known = is_openai(plan.service.base_url) and base in TAKES_PREFERENCES
        return [] if not base or is_known else [message("training.preferences_unknown", name=base)]

    def estimate(self, plan: Plan) -> Estimate:
        """Return the tokens that the service charges: those of the training file, each epoch."""
        given = plan.number(EPOCHS)
        trained = [file for file in plan.files if file.split == "train"]
        epochs = int(given or assumed_epochs(sum(file.examples for file in trained)))
        tokens = sum(file.tokens for file in trained)
        return Estimate(tokens * epochs, epochs, is_epochs_assumed=given is None)

    def model_kind(self, service: Service) -> str:
        """Return the kind by which a tuned model is asked."""
        return chat.OPENAI.kind if is_openai(service.base_url) else chat.COMPATIBLE.kind

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Upload a file and return its id."""
        with self._calling(service, seconds=UPLOAD_SECONDS) as client:
            return _id(client.files.create(file=(name, content), purpose=PURPOSE))

    def shutdown_day(self, service: Service, model: str) -> date | None:
        """Return the day on which a model is shut down; None where the service names none."""
        with self._calling(service, seconds=SHORT_SECONDS) as client:
            found = client.models.retrieve(model)
        # Versions of the SDK differ in whether they name the attribute.
        shutdown_on = str(getattr(found, "shutdown_date", None) or "")
        try:
            return date.fromisoformat(shutdown_on)
        except ValueError:
            return None

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return the ids of the files with this name, oldest first."""
        with self._calling(service) as client:
            files = listed(client.files.list(purpose=PURPOSE), MAX_FILES)
            found = [file for file in files if file.filename == name]
            return [file.id for file in sorted(found, key=lambda file: file.created_at)]

    def create(self, plan: Plan, files: Mapping[str, str], key: str) -> JobReport:
        """Start a job. It is never repeated here, whatever the answer."""
        with self._calling(plan.service) as client:
            job = client.fine_tuning.jobs.create(
                model=plan.base_model, training_file=files["train"], **self._terms(plan, files, key)
            )
            return self._report(job)

    def find(self, service: Service, key: str, training_file: str) -> list[JobReport]:
        """Return the jobs with the key in their metadata, or with the file, oldest first.

        A service may ignore the filter, or forget the metadata, so both are compared here.
        """
        with self._calling(service) as client:
            found = []
            if self.filters_jobs:
                pages = client.fine_tuning.jobs.list(limit=PAGE, metadata={KEY_NAME: key})
                found = _ours(pages, key, training_file)
            if not found:
                found = _ours(client.fine_tuning.jobs.list(limit=PAGE), key, training_file)
            return sorted(map(self._report, found), key=lambda job: job.created_at)

    def poll(self, service: Service, job_id: str) -> JobReport:
        """Return the state of a job."""
        with self._calling(service) as client:
            return self._report(client.fine_tuning.jobs.retrieve(job_id))

    def events(self, service: Service, job_id: str, known: Collection[str]) -> list[ReportedEvent]:
        """Return the events that are not known yet, oldest first; the service lists the newest."""
        found: list[ReportedEvent] = []
        with self._calling(service) as client:
            pages = client.fine_tuning.jobs.list_events(job_id, limit=PAGE)
            for event in listed(pages, MAX_EVENTS):
                if event.id in known:
                    break
                found.append(_event(event))
        return found[::-1]

    def checkpoints(self, service: Service, job_id: str) -> list[ReportedCheckpoint]:
        """Return the checkpoints that are kept."""
        with self._calling(service) as client:
            pages = client.fine_tuning.jobs.checkpoints.list(job_id)
            found = []
            for checkpoint in listed(pages, PAGE):
                metrics: Any = checkpoint.metrics
                values = metrics.model_dump() if metrics else {}
                step = checkpoint.step_number
                figures = figures_from({**values, "step": step}) or Figures(step)
                model_id = checkpoint.fine_tuned_model_checkpoint
                found.append(ReportedCheckpoint(model_id, figures))
        return found

    def result(self, service: Service, file_id: str) -> bytes:
        """Return a result file; for minutes after the end the service may not have it."""
        try:
            with self._calling(service) as client:
                return client.files.content(file_id).content
        except PermanentFailure as error:
            if error.code == NOT_THERE:
                raise TemporaryFailure(NOT_THERE, error.message) from error
            raise

    def figures_of(self, content: bytes) -> list[Figures]:
        """Return the figures of the steps in a result file."""
        return read_result_csv(content)

    def cancel(self, service: Service, job_id: str) -> None:
        """Cancel a job; one that has ended is left as it is."""
        with suppress(PermanentFailure), self._calling(service) as client:
            client.fine_tuning.jobs.cancel(job_id)

    def pause(self, service: Service, job_id: str) -> None:
        """Pause a job."""
        with self._calling(service) as client:
            client.fine_tuning.jobs.pause(job_id)

    def resume(self, service: Service, job_id: str) -> None:
        """Resume a paused job."""
        with self._calling(service) as client:
            client.fine_tuning.jobs.resume(job_id)

    def delete_file(self, service: Service, file_id: str) -> None:
        """Delete an uploaded file; it is no error if it is not there."""
        try:
            with self._calling(service) as client:
                client.files.delete(file_id)
        except PermanentFailure as error:
            if error.code != NOT_THERE:
                raise

    def _terms(self, plan: Plan, files: Mapping[str, str], key: str) -> dict[str, Any]:
        """Return what a job is asked for beside its base model and its training file."""
        method = METHODS[plan.method]
        settings = {"hyperparameters": dict(plan.hyperparameters)}
        terms: dict[str, Any] = {
            "metadata": {KEY_NAME: key},
            "method": {"type": method, method: settings},
        }
        return terms | optional_terms(plan, files)

    def _calling(
        self, service: Service, *, seconds: float = CALL_SECONDS
    ) -> AbstractContextManager[OpenAI]:
        # The SDK takes a second to import, and most processes train nothing.
        from evaluation.training.providers.sdk import calling  # noqa: PLC0415

        return calling(service, seconds=seconds)

    def _report(self, job: FineTuningJob) -> JobReport:
        # A job that has not failed may carry an empty error object, which is truthy.
        error = job.error if job.error and (job.error.code or job.error.message) else None
        used = (job.method.supervised or job.method.dpo) if job.method else None
        found: Any = used.hyperparameters if used else job.hyperparameters
        values = found.model_dump() if found else {}
        return JobReport(
            job_id=_id(job),
            state=str(job.status),
            status=self.statuses.get(str(job.status)),
            created_at=float(job.created_at or 0),
            model_id=job.fine_tuned_model or "",
            error_code=_clean(error.code if error else "", CODE_LENGTH),
            error=_clean(error.message if error else "", TEXT_LENGTH),
            trained_tokens=job.trained_tokens,
            hyperparameters=self._used(values),
            estimated_finish=_time(job.estimated_finish),
            ended_at=_time(job.finished_at),
            result_files=tuple(job.result_files or ()),
        )

    def _used(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the hyperparameters that the service reports as used."""
        return {k: v for k, v in values.items() if isinstance(v, int | float | str)}


def assumed_epochs(examples: int) -> int:
    """Return the epochs that the service chooses for a file: three, with few examples more.

    Source: "Data preparation and analysis for chat model fine-tuning" in OpenAI's cookbook.
    """
    if not examples:
        return TARGET_EPOCHS
    if examples * TARGET_EPOCHS < MIN_READ:
        return min(MAX_EPOCHS, MIN_READ // examples)
    if examples * TARGET_EPOCHS > MAX_READ:
        return max(1, MAX_READ // examples)
    return TARGET_EPOCHS


def is_openai(base_url: str) -> bool:
    """Return whether an address is that of OpenAI's own API."""
    host, _port = host_and_port(base_url)
    return host == "api.openai.com" or host.endswith(".api.openai.com")


def _base_for_preferences(plan: Plan) -> str:
    """Return the base model of a plan on pairs, without its date; empty for another method."""
    return without_date(base_of(plan.base_model.strip())) if plan.method == "dpo" else ""


def optional_terms(plan: Plan, files: Mapping[str, str]) -> dict[str, Any]:
    """Return the terms of a job that a plan may leave out."""
    terms: dict[str, Any] = {}
    if "validation" in files:
        terms["validation_file"] = files["validation"]
    if plan.suffix:
        terms["suffix"] = plan.suffix
    if plan.seed is not None:
        terms["seed"] = plan.seed
    return terms


def _ours(jobs: Any, key: str, training_file: str) -> list[FineTuningJob]:
    return [
        job
        for job in listed(jobs, MAX_JOBS)
        if (job.metadata or {}).get(KEY_NAME) == key
        or (training_file and job.training_file == training_file)
    ]


def _id(found: Any) -> str:
    if not isinstance(found.id, str) or not found.id:
        raise ValueError("an object without an id")
    return found.id


def _event(event: FineTuningJobEvent) -> ReportedEvent:
    data = event.data if isinstance(event.data, dict) else {}
    return ReportedEvent(
        event_id=_id(event),
        at=_time(event.created_at) or datetime.now(UTC),
        level=_clean(event.level, 20),
        kind=_clean(event.type, 40),
        text=_clean(event.message, TEXT_LENGTH),
        figures=figures_from(data),
        total_steps=_steps(data.get("total_steps")),
    )


def _steps(total: object) -> int | None:
    return total if isinstance(total, int) and 0 < total <= MAX_STEP else None


def _clean(text: object, length: int) -> str:
    return strip_unstorable(str(text or ""))[:length]


def _time(seconds: object) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int | float) else None
