"""Trainings on the installation's own machines, behind the interface of every provider.

The "service" is a table: a job waits there for a worker of the queue `training`.
"""

import hashlib
from collections.abc import Collection, Mapping
from typing import IO

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from datasets.versions import storage
from evaluation.providers import kinds
from evaluation.providers.base import PermanentFailure
from evaluation.training.local import files, jobs, reports
from evaluation.training.local.counting import Counted, count_tokens, is_counting
from evaluation.training.local.models import BaseModel, LocalJob
from evaluation.training.local.workers import readiness
from evaluation.training.models import Method
from evaluation.training.providers.base import (
    NOT_THERE,
    OWN_TRAINER,
    Capability,
    Estimate,
    Figures,
    Hyperparameter,
    JobReport,
    Plan,
    PlannedFile,
    ProviderDefaults,
    ReportedCheckpoint,
    ReportedEvent,
    Service,
)
from reviewapp.core.messages import Message, message

EPOCHS = "epochs"
START_SECONDS = 30
# A measurement reads the file and learns nothing, which takes about a third of the time.
MEASURING_SHARE = 1 / 3
CODES = ("too_long", "template_rewrites", "no_learnt_tokens", "base_unreadable")


class LocalTraining(ProviderDefaults):
    """LoRA adapters, tuned by a worker of this installation."""

    kind = "local"
    label: str | Promise = _("Own machine")
    base_url = api_key_name = ""
    has_endpoint = False
    takes_any_base = False
    is_free = True
    terms: tuple[str | Promise, ...] = (lazy(readiness, str)(),)
    capabilities = frozenset(
        {
            *(Capability.CANCEL, Capability.PAUSE, Capability.RESUME, Capability.EARLY_PAUSE),
            *(Capability.CHECKPOINTS, Capability.VALIDATION, Capability.PREFERENCES),
        }
    )
    rules = OWN_TRAINER
    max_suffix_length = 0
    max_seed = 2**31 - 1
    hyperparameters: tuple[Hyperparameter, ...] = (
        Hyperparameter(EPOCHS, _("Epochs"), 1, maximum=50, default=2, is_applied=True),
        Hyperparameter(
            *("learning_rate", _("Learning rate")),
            above=0,
            maximum=1,
            default=5e-4,
            is_whole=False,
            is_applied=True,
        ),
        Hyperparameter("batch_size", _("Batch size"), 1, maximum=64, default=4, is_applied=True),
        Hyperparameter("rank", _("LoRA rank"), 1, maximum=256, default=16, is_applied=True),
        Hyperparameter(
            *("beta", _("Beta (preferences)")),
            above=0,
            maximum=2,
            is_whole=False,
            is_for_preferences=True,
        ),
    )

    def base_models(self) -> list[str]:
        """Return the names of the base models that are offered."""
        return list(BaseModel.objects.filter(is_offered=True).values_list("name", flat=True))

    def check(self, plan: Plan) -> list[Message]:
        """Return what the trainer would not read: by the base model's context and template."""
        base = _base(plan)
        if base is None:
            return [message("local.unknown_base", name=plan.base_model)]
        counted = zip(plan.files, _counts(base, plan), strict=True)
        return [_rejected(file, found) for file, found in counted if found and found.code]

    def estimate(self, plan: Plan) -> Estimate:
        """Return the tokens that are read in all epochs, exact where they can be counted here."""
        base = _base(plan)
        epochs = int(float(str(self._values(plan)[EPOCHS])))
        counted = zip(plan.files, _counts(base, plan), strict=True)
        counts = {file.split: _tokens(file, found) for file, found in counted}
        train, is_exact = counts.get("train", (0, True))
        measured, _is_exact = counts.get("validation", (0, True))
        seconds = None
        if base is not None and base.tokens_per_second:
            read = train * epochs + measured * (epochs + 1) * MEASURING_SHARE
            seconds = round(START_SECONDS + read / base.tokens_per_second)
        return Estimate(
            train * epochs,
            epochs,
            is_exact=is_exact,
            is_counting=base is not None and is_counting(base, _digests(plan)),
            seconds=seconds,
        )

    def model_kind(self, service: Service) -> str:
        """Return the kind of a model that nobody serves yet."""
        return kinds.UNSERVED

    def upload(self, service: Service, name: str, content: IO[bytes]) -> str:
        """Return the digest of the file, under which every worker finds it in the storage."""
        digest = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
        # The file of a version is there; pairs are a file of this training only.
        if not storage.is_stored(digest):
            files.store_content(content, digest)
        return digest

    def find_uploads(self, service: Service, name: str) -> list[str]:
        """Return nothing: a file is found by its digest."""
        return []

    def create(self, plan: Plan, files: Mapping[str, str], key: str) -> JobReport:
        """Make the job of this key, once, and wake a worker."""
        base = _base(plan)
        if base is None:
            reason = message("local.unknown_base", name=plan.base_model)
            raise PermanentFailure("unknown_base", reason)
        values = self._values(plan) | ({} if plan.seed is None else {"seed": plan.seed})
        job = jobs.create_job(key=key, base=base, values=values, files=files)
        return reports.job_report(job)

    def _values(self, plan: Plan) -> dict[str, object]:
        """Return what the trainer is given: the plan's values, and a default for each other."""
        defaults: dict[str, object] = {
            item.name: item.default for item in self.hyperparameters if item.default is not None
        }
        method = {"method": Method.DPO.value} if plan.method == Method.DPO else {}
        return defaults | dict(plan.hyperparameters) | method

    def find(self, service: Service, key: str, training_file: str) -> list[JobReport]:
        """Return the job of this key."""
        return [reports.job_report(job) for job in LocalJob.objects.filter(key=key)]

    def poll(self, service: Service, job_id: str) -> JobReport:
        """Return the state of a job."""
        return reports.job_report(_job(job_id))

    def events(self, service: Service, job_id: str, known: Collection[str]) -> list[ReportedEvent]:
        """Return the trainer's events that are not known yet."""
        return reports.new_events(_job(job_id), known)

    def checkpoints(self, service: Service, job_id: str) -> list[ReportedCheckpoint]:
        """Return the adapters after each epoch."""
        return reports.kept_adapters(_job(job_id))

    def result(self, service: Service, file_id: str) -> bytes:
        """Return nothing: figures come with the events, adapters are in the storage."""
        return b""

    def figures_of(self, content: bytes) -> list[Figures]:
        """Return nothing: figures come with the events."""
        return []

    def cancel(self, service: Service, job_id: str) -> None:
        """Stop the trainer after its step, and keep the adapters."""
        jobs.cancel(_job(job_id))

    def pause(self, service: Service, job_id: str) -> None:
        """Stop the trainer after its step, with a checkpoint."""
        jobs.pause(_job(job_id))

    def resume(self, service: Service, job_id: str) -> None:
        """Send the job to a worker, which continues from the checkpoint."""
        jobs.resume(_job(job_id))

    def delete_file(self, service: Service, file_id: str) -> None:
        """Keep the file: it is that of the frozen version."""


def _base(plan: Plan) -> BaseModel | None:
    return BaseModel.objects.filter(name=plan.base_model.strip(), is_offered=True).first()


def _job(job_id: str) -> LocalJob:
    job = LocalJob.objects.filter(pk=job_id).first()
    if job is None:
        raise PermanentFailure(NOT_THERE, message("training.not_found", details=job_id))
    return job


def _counts(base: BaseModel | None, plan: Plan) -> list[Counted | None]:
    """Return what the trainer counts in each file; None where this machine cannot tell."""
    if base is None or plan.method == Method.DPO:
        return [None for _file in plan.files]
    return count_tokens(base, _digests(plan))


def _digests(plan: Plan) -> list[str]:
    """Return the digests of the files whose tokens can be counted: pairs are not stored yet."""
    return [] if plan.method == Method.DPO else [file.sha256 for file in plan.files]


def _tokens(file: PlannedFile, counted: Counted | None) -> tuple[int, bool]:
    """Return the tokens of an epoch, and whether they were counted by the base model's tokenizer.

    If not, they are those that were counted when the version was frozen.
    """
    if counted is None or counted.code:
        return file.tokens, False
    return counted.tokens, True


def _rejected(file: PlannedFile, found: Counted) -> Message:
    code = f"local.{found.code}" if found.code in CODES else "local.not_read"
    return message(f"training.in_{file.split}", error=message(code, details=found.text))
