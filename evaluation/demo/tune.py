"""Tunes the demo's adapters with the local trainer."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluation.demo.rows import Splits, write_rows
from evaluation.training.trainer.events import read_events
from evaluation.training.trainer.folder import CHECKPOINT_FILE, EVENTS_FILE, GGUF_FILE
from evaluation.training.trainer.job import JOB_FILE, TrainingJob

logger = logging.getLogger(__name__)

POLL_SECONDS = 5


@dataclass(frozen=True)
class Tuned:
    """The result of a training.

    `adapters` are GGUF files by the epoch after which they were kept; `losses` is the validation
    loss (nats for each learnt token) before the first epoch and after each.
    """

    adapters: dict[int, Path]
    losses: list[float]
    train_tokens: int


def tune_adapters(base_gguf: Path, splits: Splits, recipe: TrainingJob, folder: Path) -> Tuned:
    """Train from the start and return the result. Raises SystemExit if the trainer failed."""
    job = replace(recipe, base=str(base_gguf.resolve()), validation="validation.jsonl")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (EVENTS_FILE, CHECKPOINT_FILE):
        (folder / name).unlink(missing_ok=True)
    for name, rows in ((job.train, splits.train), (job.validation, splits.validation)):
        write_rows(folder / name, ({"messages": row["messages"]} for row in rows))
    (folder / JOB_FILE).write_text(job.to_json(), encoding="utf-8")
    events = list(_run_trainer(folder))
    if events[-1]["kind"] != "succeeded":
        raise SystemExit(f"The training failed: {events[-1]}")
    of_kind = {
        kind: [event for event in events if event["kind"] == kind]
        for kind in ("started", "evaluation", "checkpoint")
    }
    return Tuned(
        adapters={
            event["epoch"]: folder / event["folder"] / GGUF_FILE for event in of_kind["checkpoint"]
        },
        losses=[event["loss"] for event in of_kind["evaluation"]],
        train_tokens=of_kind["started"][0]["tokens_an_epoch"],
    )


def _run_trainer(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of the trainer while it works, and log the losses."""
    command = [sys.executable, "-m", "evaluation.training.trainer", str(folder)]
    offset, ended = 0, False
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as trainer:
        while not ended:
            try:
                trainer.wait(POLL_SECONDS)
                ended = True
            except subprocess.TimeoutExpired:
                pass
            new = read_events(folder / EVENTS_FILE, offset)
            offset = new.offset
            for event in new.events:
                if "loss" in event:
                    logger.info("%(kind)s, step %(step)s: loss %(loss).3f", event)
                yield event
