"""The training loop: steps, measurements, checkpoints, and what it does when asked to stop."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from evaluation.training.trainer.base_model import Loss, TunedModel
from evaluation.training.trainer.folder import ADAPTERS_FOLDER, CHECKPOINT_FILE, JobFolder
from evaluation.training.trainer.job import DPO, JobError, TrainingJob, job_digest
from evaluation.training.trainer.ranks import ALONE, Ranks
from evaluation.training.trainer.samples import Pair, Sample, read_pairs, read_samples

LEAST_SHARE = 0.02
"""The share of the peak that the learning rate ends with."""
MAX_NORM = 1.0


@dataclass
class Progress:
    """Where a training is: whole steps done, and the tokens learnt in them."""

    step: int = 0
    tokens: int = 0
    last_saved: float = field(default_factory=time.monotonic)


class Training:
    """One training in its folder, from the start or from the last checkpoint."""

    def __init__(self, job: TrainingJob, folder: JobFolder, ranks: Ranks = ALONE) -> None:
        self._job, self._folder, self._ranks = job, folder, ranks
        torch.set_num_threads(job.threads or torch.get_num_threads())
        self._digest = job_digest(job, folder.path)
        self._tuned = TunedModel(job, folder.path, keeps_config=ranks.is_first)
        read = (self._tuned.tokenizer, job.max_tokens)
        read_file = read_pairs if job.method == DPO else read_samples
        self._train: Sequence[Any] = read_file(folder.path / job.train, *read)
        self._validation: Sequence[Any] = (
            read_file(folder.path / job.validation, *read) if job.validation else []
        )
        self._steps_each = math.ceil(len(self._train) / job.batch_size)
        self._epochs = job.stop_after or job.epochs
        self._steps = self._steps_each * self._epochs
        weights = list(self._tuned.weights.values())
        self._optimizer = torch.optim.AdamW(weights, lr=job.learning_rate)
        self._progress = Progress()

    def run(self) -> str:
        """Train to the end or to a request; return "succeeded", "paused" or "cancelled"."""
        resumed = self._load_checkpoint()
        self._tell(
            "resumed" if resumed else "started",
            step=self._progress.step,
            steps=self._steps,
            epochs=self._epochs,
            tokens_an_epoch=sum(len(sample.ids) for sample in self._train),
            learnt_tokens_an_epoch=sum(sample.learnt for sample in self._train),
            device=self._tuned.device.type,
        )
        if not resumed:
            self._evaluate()
        for batch in self._batches():
            if request := self._ranks.agree(self._folder.request()):
                return self._stop(request)
            self._take_step(batch)
            self._after_step()
        self._tell("succeeded", step=self._progress.step, steps=self._steps)
        return "succeeded"

    def _tell(self, kind: str, **values: Any) -> None:
        """Add an event; of several processes only the first one does."""
        if self._ranks.is_first:
            self._folder.add_event(kind, **values)

    def _stop(self, request: str) -> str:
        self._save_checkpoint()
        state = {"pause": "paused", "cancel": "cancelled"}[request]
        self._tell(state, step=self._progress.step, steps=self._steps)
        return state

    def _batches(self) -> Iterator[list[Sample | Pair]]:
        """Yield the batches that are left; the order of an epoch depends on the seed alone."""
        size = self._job.batch_size
        first = self._progress.step
        for epoch in range(first // self._steps_each, self._epochs):
            order = list(self._train)
            random.Random(f"{self._job.seed}-{epoch}").shuffle(order)  # noqa: S311 - no secret.
            batches = [order[start : start + size] for start in range(0, len(order), size)]
            yield from batches[max(0, first - epoch * self._steps_each) :]

    def _take_step(self, batch: Sequence[Sample | Pair]) -> None:
        began = time.monotonic()
        self._tuned.model.train()
        rate = self._job.learning_rate * _rate_share(
            self._progress.step, self._steps_each * self._job.epochs, self._job.warmup_steps
        )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss, accuracy = self._backward(batch)
        torch.nn.utils.clip_grad_norm_(list(self._tuned.weights.values()), MAX_NORM)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self._progress.step += 1
        self._progress.tokens += sum(sample.learnt for sample in batch)
        self._tell(
            "step",
            step=self._progress.step,
            loss=loss,
            accuracy=accuracy,
            learning_rate=rate,
            tokens=self._progress.tokens,
            seconds=round(time.monotonic() - began, 3),
        )

    def _loss(self, samples: Sequence[Any]) -> Loss:
        if self._job.method == DPO:
            return self._tuned.preference_loss(samples, self._job.beta)
        return self._tuned.loss(samples)

    def _backward(self, batch: Sequence[Sample | Pair]) -> tuple[float, float]:
        """Return loss and accuracy for each learnt token, or for each pair."""
        weight = max(1, sum(sample.weight for sample in batch))
        own = self._ranks.share(batch)
        size = self._job.micro_batch_size or max(1, len(own))
        loss, correct = 0.0, 0.0
        for start in range(0, len(own), size):
            part = self._loss(own[start : start + size])
            (part.total / weight).backward()
            loss += part.total.item() / weight
            correct += part.correct
        self._add_up_gradients()
        loss, correct = self._ranks.sums(loss, correct)
        if not math.isfinite(loss):
            text = "The loss is no longer a number. Try a lower learning rate."
            raise JobError("loss_not_finite", text)
        return loss, correct / weight

    def _add_up_gradients(self) -> None:
        """Add up the gradients of all processes; one without a sample of the batch adds nothing."""
        if self._ranks.count == 1:
            return
        for weight in self._tuned.weights.values():
            if weight.grad is None:
                weight.grad = torch.zeros_like(weight)
        self._ranks.add_up([weight.grad for weight in self._tuned.weights.values()])

    def _after_step(self) -> None:
        step, every = self._progress.step, self._job.evaluate_every
        ends_epoch = step % self._steps_each == 0
        if ends_epoch or (every and step % every == 0):
            self._evaluate()
        if ends_epoch:
            self._keep_adapter(step // self._steps_each)
        is_due = time.monotonic() - self._progress.last_saved >= self._job.checkpoint_seconds
        if ends_epoch or is_due:
            self._save_checkpoint()

    def _evaluate(self) -> None:
        """Measure the validation loss; dropout is off, so the state of chance does not move."""
        if not self._validation:
            return
        self._tuned.model.eval()
        total, correct, tokens = 0.0, 0.0, 0.0
        size = self._job.micro_batch_size or self._job.batch_size
        own = self._ranks.share(self._validation)
        with torch.no_grad():
            for start in range(0, len(own), size):
                part = self._loss(own[start : start + size])
                total += part.total.item()
                correct += part.correct
                tokens += part.tokens
        total, correct, tokens = self._ranks.sums(total, correct, tokens)
        self._tell(
            "evaluation", step=self._progress.step, loss=total / tokens, accuracy=correct / tokens
        )

    def _keep_adapter(self, epoch: int) -> None:
        if not self._ranks.is_first:
            return
        name = f"{ADAPTERS_FOLDER}/epoch-{epoch}"
        kept = self._folder.write_folder(name, self._tuned.save_adapter)
        files = sorted(file.name for file in kept.iterdir())
        self._tell("checkpoint", step=self._progress.step, epoch=epoch, folder=name, files=files)

    def _save_checkpoint(self) -> None:
        if not self._ranks.is_first:
            return
        content = {
            "digest": self._digest,
            "step": self._progress.step,
            "tokens": self._progress.tokens,
            "weights": {name: weight.data for name, weight in self._tuned.weights.items()},
            "optimizer": self._optimizer.state_dict(),
            "chance": torch.get_rng_state(),
            "chance_cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        }
        self._folder.write_file(CHECKPOINT_FILE, lambda path: torch.save(content, path))
        self._progress.last_saved = time.monotonic()

    def _load_checkpoint(self) -> bool:
        """Go back to the last checkpoint, if there is one."""
        content = _read_checkpoint(self._folder.path / CHECKPOINT_FILE)
        if content is None:
            return False
        if content["digest"] != self._digest:
            text = "The checkpoint is of another job, other data or another version of the trainer."
            raise JobError("checkpoint_of_other_job", text)
        with torch.no_grad():
            for name, weight in self._tuned.weights.items():
                weight.copy_(content["weights"][name])
        self._optimizer.load_state_dict(content["optimizer"])
        torch.set_rng_state(content["chance"])
        if content["chance_cuda"] and torch.cuda.is_available():
            torch.cuda.set_rng_state_all(content["chance_cuda"])
        self._progress = Progress(content["step"], content["tokens"])
        return True


def _read_checkpoint(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    return dict(torch.load(path, map_location="cpu", weights_only=True))


def _rate_share(step: int, steps: int, warmup: int) -> float:
    """Return the share of the peak learning rate: up in a line, down along a cosine.

    The way up takes at most a tenth of all steps.
    """
    warm = min(1.0, (step + 1) / max(1, min(warmup, steps // 10)))
    fallen = 0.5 * (1 + math.cos(math.pi * step / steps))
    return warm * (LEAST_SHARE + (1 - LEAST_SHARE) * fallen)
