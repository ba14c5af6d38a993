"""A training job as `job.json` describes it. Pure: who writes the file uses the same rules."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

JOB_FILE = "job.json"
SCHEMA = 1
# Raise it when the same job would give other weights: a checkpoint of an older trainer is refused.
TRAINER_VERSION = 1
SFT, DPO = METHODS = ("sft", "dpo")
DEVICES = ("auto", "cpu", "cuda", "mps")
MAX_RANK, MAX_BETA = 512, 2
_CHUNK = 1 << 20


class JobError(Exception):
    """A job that cannot be trained; `code` is stable, the text is for the log.

    Codes: job_invalid, base_unreadable, data_unreadable, no_learnt_tokens, too_long,
    template_rewrites, checkpoint_of_other_job, loss_not_finite, out_of_memory, device_missing,
    conversion_failed.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class TrainingJob:
    """What to train, on what, and how. Paths are absolute or relative to the job folder.

    Attributes:
        base: a GGUF file, or a folder in the format of Hugging Face.
        train, validation: JSON lines with `messages`; without `validation` no loss is measured.
        method: "sft" learns the answers of conversations; "dpo" learns from pairs, in lines of
            OpenAI's form (`input`, `preferred_output`, `non_preferred_output`), to prefer one.
        beta: of "dpo": the larger, the closer the model stays to its base.
        stop_after: epochs after which the training ends, though the learning rate falls over all
            `epochs`; 0 means that it does not end before.
        learning_rate: the peak, reached after `warmup_steps` or a tenth of all steps; a
            cosine falls from it to 2 %.
        batch_size: conversations for each step.
        micro_batch_size: conversations in memory at a time; 0 means all of a batch.
        rank, alpha, dropout: of the LoRA adapter, on all linear layers but the last.
        max_tokens: a longer conversation is refused, never cut.
        evaluate_every: steps between two measurements of the validation loss, besides those after
            each epoch; 0 means none.
        checkpoint_seconds: the longest time that a kill can lose.
        threads: of the CPU; 0 means all. Only one thread gives the same weights each time.
    """

    base: str
    train: str = "train.jsonl"
    validation: str = ""
    method: str = SFT
    beta: float = 0.1
    epochs: int = 3
    stop_after: int = 0
    learning_rate: float = 2e-4
    warmup_steps: int = 10
    batch_size: int = 4
    micro_batch_size: int = 0
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    max_tokens: int = 2048
    seed: int = 7
    evaluate_every: int = 0
    checkpoint_seconds: int = 60
    device: str = "auto"
    threads: int = 1

    def __post_init__(self) -> None:
        wrong = [name for name, holds in self._rules() if not holds]
        if wrong:
            raise JobError("job_invalid", f"These values are out of range: {', '.join(wrong)}.")

    def _rules(self) -> list[tuple[str, bool]]:
        return [
            ("base", bool(self.base)),
            ("train", bool(self.train)),
            ("method", self.method in METHODS),
            ("beta", 0 < self.beta <= MAX_BETA),
            ("epochs", 1 <= self.epochs <= 50),  # noqa: PLR2004
            ("stop_after", 0 <= self.stop_after <= self.epochs),
            ("learning_rate", 0 < self.learning_rate <= 1),
            ("warmup_steps", self.warmup_steps >= 0),
            ("batch_size", self.batch_size >= 1),
            ("micro_batch_size", self.micro_batch_size >= 0),
            ("rank", 1 <= self.rank <= MAX_RANK),
            ("alpha", self.alpha >= 1),
            ("dropout", 0 <= self.dropout < 1),
            ("max_tokens", self.max_tokens >= 1),
            ("evaluate_every", self.evaluate_every >= 0),
            ("checkpoint_seconds", self.checkpoint_seconds >= 0),
            ("device", self.device in DEVICES),
            ("threads", self.threads >= 0),
        ]

    def to_json(self) -> str:
        """Return the content of `job.json`."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1) + "\n"


def read_job(folder: Path) -> TrainingJob:
    """Return the job of a folder. Raises JobError with a sentence about what is wrong."""
    try:
        content = json.loads((folder / JOB_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise JobError("job_invalid", f"{JOB_FILE} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.pop("schema", None) != SCHEMA:
        raise JobError("job_invalid", f"{JOB_FILE} is not a job of schema {SCHEMA}.")
    return _job_from(content)


def _job_from(content: Mapping[str, Any]) -> TrainingJob:
    kinds = {
        field.name: type(field.default) for field in fields(TrainingJob) if field.name != "base"
    }
    kinds["base"] = str
    unknown = sorted(set(content) - set(kinds))
    if unknown:
        raise JobError("job_invalid", f"{JOB_FILE} has unknown keys: {', '.join(unknown)}.")
    wrong = [name for name, value in content.items() if not _is_kind(value, kinds[name])]
    if wrong or "base" not in content:
        named = ", ".join(wrong) or "base"
        raise JobError("job_invalid", f"{JOB_FILE}: these keys are missing or wrong: {named}.")
    return TrainingJob(**content)


def _is_kind(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def job_digest(job: TrainingJob, folder: Path) -> str:
    """Return a digest of all that decides the weights: trainer, values, data and base model.

    A checkpoint is only continued by a job of the same digest. The name of a file does not count,
    its content does; of a folder with a model, names and sizes do.
    """
    values = asdict(job) | {"trainer": TRAINER_VERSION}
    # Without pairs neither decides anything, and checkpoints of jobs from before stay good.
    unused = ("method", "beta") if job.method == SFT else ()
    for name in ("checkpoint_seconds", "device", *unused):
        del values[name]
    for name in ("base", "train", "validation"):
        values[name] = _content_digest(folder / values[name]) if values[name] else ""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def _content_digest(path: Path) -> str:
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            digest.update(f"{file.relative_to(path)}:{file.stat().st_size}\n".encode())
        return digest.hexdigest()
    try:
        with path.open("rb") as content:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise JobError("data_unreadable", f"{path.name} cannot be read: {error}") from error
    return digest.hexdigest()
