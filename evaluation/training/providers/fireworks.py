"""Supervised fine-tuning jobs of Fireworks.

The id of a job is chosen here, from the key of the training, so that it can be asked for only once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, ClassVar
from urllib.parse import urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from datasets.versions.preflight import FileRules
from evaluation.providers.base import PermanentFailure, ProviderError
from evaluation.training.providers.base import (
    NOT_THERE,
    Capability,
    Hyperparameter,
    JobReport,
    JobStatus,
    Plan,
    ReportedCheckpoint,
    ReportedEvent,
    Service,
)
from evaluation.training.providers.rest import Body, Call, call, send_file, text_of
from evaluation.training.providers.rest_provider import (
    CODE_LENGTH,
    RestTraining,
    clean,
    moment,
    whole,
)

READY = "READY"
ALREADY = {"status_409", "ALREADY_EXISTS", "already_exists"}
JOBS = "supervisedFineTuningJobs"


class FireworksTraining(RestTraining):
    """An account at Fireworks."""

    kind = "fireworks"
    label: str | Promise = "Fireworks"
    base_url = ""
    api_key_name = "FIREWORKS_API_KEY"
    address_help: str | Promise = _("Of the account: https://api.fireworks.ai/v1/accounts/NAME")
    capabilities = frozenset(
        {Capability.CANCEL, Capability.RESUME, Capability.CONTINUE, Capability.VALIDATION}
    )
    max_suffix_length = 40
    rules = FileRules(
        min_examples=3,
        max_examples=3_000_000,
        roles=("system", "user", "assistant", "tool"),
        is_system_first=True,
        max_tokens=None,
        # Of the upload in one request.
        max_megabytes=150,
    )
    terms: tuple[str | Promise, ...] = (
        _("A tuned model answers only after you deploy it, or load it on a deployment."),
    )
    statuses: ClassVar[dict[str, JobStatus]] = {
        "JOB_STATE_CREATING": JobStatus.VALIDATING,
        "JOB_STATE_CREATING_INPUT_DATASET": JobStatus.VALIDATING,
        "JOB_STATE_VALIDATING": JobStatus.VALIDATING,
        "JOB_STATE_PENDING": JobStatus.VALIDATING,
        "JOB_STATE_RE_QUEUEING": JobStatus.VALIDATING,
        "JOB_STATE_RUNNING": JobStatus.RUNNING,
        "JOB_STATE_WRITING_RESULTS": JobStatus.RUNNING,
        "JOB_STATE_CANCELLING": JobStatus.RUNNING,
        "JOB_STATE_PAUSED": JobStatus.PAUSED,
        "JOB_STATE_COMPLETED": JobStatus.SUCCEEDED,
        "JOB_STATE_EARLY_STOPPED": JobStatus.SUCCEEDED,
        "JOB_STATE_FAILED": JobStatus.FAILED,
        "JOB_STATE_EXPIRED": JobStatus.FAILED,
        "JOB_STATE_CANCELLED": JobStatus.CANCELLED,
        "JOB_STATE_DELETING": JobStatus.CANCELLED,
    }
    hyperparameters: tuple[Hyperparameter, ...] = (
        Hyperparameter("epochs", _("Epochs"), minimum=1, maximum=50, default=1),
        Hyperparameter("batchSizeSamples", _("Batch size"), minimum=1, maximum=1024),
        Hyperparameter("learningRate", _("Learning rate"), above=0, maximum=1, is_whole=False),
        Hyperparameter("loraRank", _("LoRA rank"), minimum=1, maximum=128),
    )

    def serving_address(self, service: Service) -> str:
        """Return the address at which tuned models are asked; that of jobs is another one."""
        parts = urlsplit(service.base_url)
        return f"{parts.scheme}://{parts.netloc}/inference/v1"

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Make a data set and fill it; one that an earlier try made is filled."""
        data_set = _data_set(name)
        content.seek(0)
        examples = sum(1 for line in content if line.strip())
        about = {"userUploaded": {}, "exampleCount": str(examples), "format": "CHAT"}
        try:
            call(service, Call("POST", "datasets", {"datasetId": data_set, "dataset": about}))
        except ProviderError as error:
            if error.code not in ALREADY:
                raise
        send_file(service, f"datasets/{data_set}:upload", name, content, {})
        return data_set

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return the id of the data set with this name, if it is filled."""
        try:
            return [_data_set(name)] if self.is_ready(service, _data_set(name)) else []
        except PermanentFailure as error:
            if error.code != NOT_THERE:
                raise
            return []

    def is_ready(self, service: Service, file_id: str) -> bool:
        """Return whether the data set is filled and read."""
        return call(service, Call("GET", f"datasets/{file_id}")).get("state") == READY

    def create(self, plan: Plan, files: Mapping[str, str], key: str) -> JobReport:
        """Start a job under the id of the training; one that is there is returned."""
        account = _account(plan.service)
        body: Body = {
            "dataset": f"{account}/datasets/{files['train']}",
            "warmStartFrom" if plan.is_tuned else "baseModel": plan.base_model,
            "displayName": f"Touchstone {key}",
            **plan.hyperparameters,
        }
        if "validation" in files:
            body["evaluationDataset"] = f"{account}/datasets/{files['validation']}"
        if plan.suffix:
            name = f"{plan.suffix}-{key[:8]}".lower().replace("_", "-")
            body["outputModel"] = f"{account}/models/{name}"
        query = {"supervisedFineTuningJobId": _job_id(key)}
        try:
            return self._report(call(plan.service, Call("POST", JOBS, body, query)))
        except ProviderError as error:
            if error.code not in ALREADY:
                raise
            return self.poll(plan.service, _job_id(key))

    def find(self, service: Service, key: str, training_file: str) -> list[JobReport]:
        """Return the job with the id of the training, if there is one."""
        try:
            return [self.poll(service, _job_id(key))]
        except PermanentFailure as error:
            if error.code != NOT_THERE:
                raise
            return []

    def poll(self, service: Service, job_id: str) -> JobReport:
        """Return the state of a job."""
        return self._report(call(service, Call("GET", f"{JOBS}/{job_id}")))

    def events(self, service: Service, job_id: str, known: Collection[str]) -> list[ReportedEvent]:
        """Return its progress as an event; the service has no log."""
        job = call(service, Call("GET", f"{JOBS}/{job_id}"))
        progress = job.get("jobProgress") or {}
        percent, epoch = whole(progress.get("percent")), whole(progress.get("epoch"))
        text = clean(job.get("state"), 80)
        if percent is not None:
            text = f"{text}: {percent} % of epoch {(epoch or 0) + 1}"
        if text in known:
            return []
        at = moment(job.get("updateTime")) or datetime.now(UTC)
        return [ReportedEvent(text, at, "info", "progress", text)]

    def checkpoints(self, service: Service, job_id: str) -> list[ReportedCheckpoint]:
        """Raise: earlier checkpoints are not kept."""
        raise NotImplementedError

    def cancel(self, service: Service, job_id: str) -> None:
        """Cancel a job; one that has ended is left as it is."""
        with suppress(PermanentFailure):
            call(service, Call("POST", f"{JOBS}/{job_id}:cancel", {}))

    def resume(self, service: Service, job_id: str) -> None:
        """Resume a job that the service paused."""
        call(service, Call("POST", f"{JOBS}/{job_id}:resume", {}))

    def delete_file(self, service: Service, file_id: str) -> None:
        """Delete a data set; it is no error if it is not there."""
        try:
            call(service, Call("DELETE", f"datasets/{file_id}"))
        except PermanentFailure as error:
            if error.code != NOT_THERE:
                raise

    def _report(self, job: Body) -> JobReport:
        state = str(job.get("state"))
        status, created = self.statuses.get(state), moment(job.get("createTime"))
        has_ended = status == JobStatus.SUCCEEDED
        reason = job.get("status") if status == JobStatus.FAILED else None
        found = reason if isinstance(reason, dict) else {}
        progress = job.get("jobProgress") or {}
        used = [parameter.name for parameter in self.hyperparameters]
        return JobReport(
            job_id=text_of(job, "name").rpartition("/")[2],
            state=state,
            status=status,
            created_at=created.timestamp() if created else 0.0,
            model_id=clean(job.get("outputModel"), 200) if has_ended else "",
            error_code=clean(found.get("code"), CODE_LENGTH).lower(),
            error=clean(found.get("message")),
            trained_tokens=whole(progress.get("inputTokens")) if has_ended else None,
            hyperparameters={name: job[name] for name in used if job.get(name)},
            ended_at=moment(job.get("completedTime")),
        )


def _data_set(name: str) -> str:
    """Return the id of the data set for a file name: lower case, digits, hyphens."""
    return name.removesuffix(".jsonl")


def _job_id(key: str) -> str:
    return f"touchstone-{key}"


def _account(service: Service) -> str:
    """Return "accounts/NAME" from the address of an account."""
    return "accounts/" + service.base_url.rpartition("/accounts/")[2]
