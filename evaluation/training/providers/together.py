"""Fine-tuning jobs of Together.

Its jobs carry no key of ours: one is found again by its training file, whose name no other has.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from datasets.versions.preflight import FileRules
from evaluation.providers.base import PermanentFailure, ProviderBlocked
from evaluation.training.providers.base import (
    NOT_THERE,
    Capability,
    Figures,
    Hyperparameter,
    JobReport,
    JobStatus,
    ModelLimit,
    Plan,
    ReportedCheckpoint,
    ReportedEvent,
    Service,
)
from evaluation.training.providers.rest import (
    SHORT_SECONDS,
    Body,
    Call,
    call,
    rows_of,
    send_file,
    text_of,
)
from evaluation.training.providers.rest_provider import RestTraining, clean, moment, whole
from evaluation.training.providers.result_csv import MAX_STEP, figures_from
from reviewapp.core.messages import message

RANK = "lora_r"
REJECTED = {"FAILED", "INVALID_FORMAT"}
UNCHECKED = {"PENDING", "QUEUED", "RUNNING"}
FAILED_EVENTS = ("JOB_ERROR", "JOB_USER_ERROR", "BILLING_LIMIT")
FINAL = "final"
# The names of its figures, behind "train/" and "eval/" -> ours.
FIGURE_NAMES = {
    "train/loss": "train_loss",
    "train/accuracy": "train_accuracy",
    "eval/loss": "full_valid_loss",
    "eval/accuracy": "full_valid_accuracy",
}


class TogetherTraining(RestTraining):
    """The service of Together."""

    kind = "together"
    label: str | Promise = "Together"
    base_url = "https://api.together.xyz/v1"
    api_key_name = "TOGETHER_API_KEY"
    capabilities = frozenset(
        {
            *(Capability.CANCEL, Capability.CHECKPOINTS, Capability.CONTINUE),
            *(Capability.VALIDATION, Capability.LIMITS),
        }
    )
    rules = FileRules(
        min_examples=1,
        roles=("system", "user", "assistant", "tool"),
        is_system_first=True,
        alternates=True,
        max_tokens=None,
        max_megabytes=100 * 1024,
    )
    max_suffix_length = 64
    max_seed = 2**31 - 1
    epochs_name = "n_epochs"
    terms: tuple[str | Promise, ...] = (
        _("A tuned model answers only after you start a dedicated endpoint, paid by the hour."),
    )
    statuses: ClassVar[dict[str, JobStatus]] = {
        "pending": JobStatus.VALIDATING,
        "queued": JobStatus.VALIDATING,
        "running": JobStatus.RUNNING,
        "compressing": JobStatus.RUNNING,
        "uploading": JobStatus.RUNNING,
        "cancel_requested": JobStatus.RUNNING,
        "completed": JobStatus.SUCCEEDED,
        "error": JobStatus.FAILED,
        "user_error": JobStatus.FAILED,
        "cancelled": JobStatus.CANCELLED,
    }
    hyperparameters: tuple[Hyperparameter, ...] = (
        Hyperparameter("n_epochs", _("Epochs"), minimum=1, maximum=50, default=3),
        Hyperparameter("batch_size", _("Batch size"), minimum=1, maximum=1024),
        Hyperparameter(
            "learning_rate", _("Learning rate"), above=0, maximum=1, default=1e-5, is_whole=False
        ),
        Hyperparameter(RANK, _("LoRA rank"), minimum=1, maximum=512),
        Hyperparameter("n_checkpoints", _("Checkpoints"), minimum=1, maximum=50, default=3),
        Hyperparameter("n_evals", _("Evaluations"), minimum=0, maximum=100, default=5),
    )

    def limits(self, plan: Plan) -> list[ModelLimit]:
        """Return the limits of the base model; none are known of one that was tuned."""
        if plan.is_tuned:
            return []
        query = {"model_name": plan.base_model}
        asked = Call("GET", "fine-tunes/models/limits", query=query)
        found = call(plan.service, asked, seconds=SHORT_SECONDS)
        lora = found.get("lora_training") or {}
        limits = [
            ModelLimit("n_epochs", None, found.get("max_num_epochs")),
            ModelLimit("learning_rate", None, found.get("max_learning_rate")),
            ModelLimit("n_checkpoints", None, found.get("max_num_checkpoints")),
            ModelLimit("n_evals", None, found.get("max_num_evals")),
            ModelLimit("batch_size", lora.get("min_batch_size"), lora.get("max_batch_size")),
            ModelLimit(RANK, None, lora.get("max_rank")),
        ]
        return [limit for limit in limits if limit.minimum or limit.maximum]

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Upload a file and return its id."""
        fields = {"purpose": "fine-tune", "file_name": name, "file_type": "jsonl"}
        return text_of(send_file(service, "files/upload", name, content, fields), "id")

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return the ids of the files with this name, oldest first."""
        found = rows_of(call(service, Call("GET", "files")), "data")
        ours = [file for file in found if file.get("filename") == name]
        ours.sort(key=lambda file: whole(file.get("created_at")) or 0)
        return [text_of(file, "id") for file in ours]

    def is_ready(self, service: Service, file_id: str) -> bool:
        """Return whether the file was checked."""
        found = call(service, Call("GET", f"files/{file_id}"))
        state = found.get("processing_status")
        if state in REJECTED:
            report = found.get("validation_report") or {}
            reason = message("training.file_rejected", details=clean(report.get("error") or state))
            raise PermanentFailure("file_rejected", reason)
        return state not in UNCHECKED and found.get("Processed") is not False

    def create(self, plan: Plan, files: Mapping[str, str], key: str) -> JobReport:
        """Start a job, unless the credit forbids it."""
        self._check_credit(plan, files)
        body = self._terms(plan, files)
        return self._report(call(plan.service, Call("POST", "fine-tunes", body)))

    def find(self, service: Service, key: str, training_file: str) -> list[JobReport]:
        """Return the jobs on the training file, oldest first."""
        if not training_file:
            return []
        listed = rows_of(call(service, Call("GET", "fine-tunes")), "data")
        found = [self._report(job) for job in listed if job.get("training_file") == training_file]
        return sorted(found, key=lambda job: job.created_at)

    def poll(self, service: Service, job_id: str) -> JobReport:
        """Return the state of a job; the reason of a failure is in its events."""
        job = call(service, Call("GET", f"fine-tunes/{job_id}"))
        if self.statuses.get(str(job.get("status"))) == JobStatus.FAILED:
            listed = rows_of(call(service, Call("GET", f"fine-tunes/{job_id}/events")), "data")
            job = {**job, "events": listed}
        return self._report(job)

    def events(self, service: Service, job_id: str, known: Collection[str]) -> list[ReportedEvent]:
        """Return the events and figures that are not known yet, oldest first."""
        listed = rows_of(call(service, Call("GET", f"fine-tunes/{job_id}/events")), "data")
        metrics = rows_of(call(service, Call("GET", f"fine-tunes/{job_id}/metrics")), "metrics")
        found = [_event(event) for event in listed] + [_measured(row) for row in metrics]
        news = [event for event in found if event and event.event_id not in known]
        return sorted(news, key=lambda event: event.at)

    def checkpoints(self, service: Service, job_id: str) -> list[ReportedCheckpoint]:
        """Return the checkpoints that have a name by which they can be asked."""
        listed = rows_of(call(service, Call("GET", f"fine-tunes/{job_id}/checkpoints")), "data")
        return [
            ReportedCheckpoint(clean(checkpoint["object_name"], 200), Figures(step))
            for checkpoint in listed
            if (step := whole(checkpoint.get("step"))) is not None
            and checkpoint.get("object_name")
            # The final model has the name that the job reports.
            and not str(checkpoint.get("checkpoint_type", "")).lower().startswith(FINAL)
        ]

    def cancel(self, service: Service, job_id: str) -> None:
        """Cancel a job; one that has ended is left as it is."""
        with suppress(PermanentFailure):
            call(service, Call("POST", f"fine-tunes/{job_id}/cancel", {}))

    def resume(self, service: Service, job_id: str) -> None:
        """Raise: jobs cannot be paused."""
        raise NotImplementedError

    def delete_file(self, service: Service, file_id: str) -> None:
        """Delete an uploaded file; it is no error if it is not there."""
        try:
            call(service, Call("DELETE", f"files/{file_id}"))
        except PermanentFailure as error:
            if error.code != NOT_THERE:
                raise

    def _check_credit(self, plan: Plan, files: Mapping[str, str]) -> None:
        """Raise if the service would not let this organisation pay for the job."""
        terms = self._terms(plan, files)
        names = ("training_file", "validation_file", "model", "from_checkpoint", "n_epochs")
        body = {name: terms[name] for name in names if name in terms}
        found = call(plan.service, Call("POST", "fine-tunes/estimate-price", body))
        if found.get("estimation_available") and found.get("allowed_to_proceed") is False:
            reason = message(
                "training.no_credit",
                usd=float(found.get("estimated_total_price") or 0),
                limit=float(found.get("user_limit") or 0),
            )
            raise ProviderBlocked("insufficient_quota", reason)

    def _terms(self, plan: Plan, files: Mapping[str, str]) -> Body:
        numbers = {name: value for name, value in plan.hyperparameters.items() if name != RANK}
        rank = plan.number(RANK)
        terms: Body = {
            "training_file": files["train"],
            "from_checkpoint" if plan.is_tuned else "model": plan.base_model,
            "training_method": {"method": "sft", "train_on_inputs": False},
            **numbers,
        }
        if rank is not None:
            terms["training_type"] = {"type": "Lora", "lora_r": rank, "lora_alpha": rank * 2}
        if "validation" in files:
            terms["validation_file"] = files["validation"]
        else:
            terms.pop("n_evals", None)
        if plan.suffix:
            terms["suffix"] = plan.suffix
        if plan.seed is not None:
            terms["random_seed"] = plan.seed
        return terms

    def _report(self, job: Body) -> JobReport:
        state = str(job.get("status"))
        status = self.statuses.get(state)
        created = moment(job.get("created_at"))
        has_ended = status == JobStatus.SUCCEEDED
        failed = [event for event in rows_of(job, "events") if event.get("type") in FAILED_EVENTS]
        used = [parameter.name for parameter in self.hyperparameters]
        return JobReport(
            job_id=text_of(job, "id"),
            state=state,
            status=status,
            created_at=created.timestamp() if created else 0.0,
            model_id=clean(job.get("model_output_name"), 200) if has_ended else "",
            error_code=clean(failed[-1].get("type"), 80).lower() if failed else "",
            error=clean(failed[-1].get("message")) if failed else "",
            trained_tokens=whole(job.get("token_count")) if has_ended else None,
            hyperparameters={name: job[name] for name in used if job.get(name) is not None},
        )


def _event(event: Body) -> ReportedEvent:
    kind, at = clean(event.get("type"), 40), moment(event.get("created_at"))
    return ReportedEvent(
        event_id=clean(event.get("hash") or f"{kind} {event.get('created_at')}", 200),
        at=at or datetime.now(UTC),
        level=clean(event.get("level"), 20).lower(),
        kind=kind.lower(),
        text=clean(event.get("message")),
        total_steps=_steps(event.get("total_steps")),
    )


def _measured(row: Body) -> ReportedEvent | None:
    """Return the figures of a step as an event; None for a row without a step."""
    step = whole(row.get("train/global_step", row.get("global_step")))
    values = {ours: row[name] for name, ours in FIGURE_NAMES.items() if name in row}
    figures = figures_from({**values, "step": step}) if step is not None else None
    if figures is None or not values:
        return None
    kinds = sorted({name.partition("/")[0] for name in row if name in FIGURE_NAMES})
    return ReportedEvent(
        event_id=f"{'-'.join(kinds)} at step {step}",
        at=moment(row.get("timestamp")) or datetime.now(UTC),
        level="info",
        kind="metrics",
        figures=figures,
    )


def _steps(total: Any) -> int | None:
    found = whole(total)
    return found if found and found <= MAX_STEP else None
