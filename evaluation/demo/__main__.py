"""`python -m evaluation.demo`: tune the demo's adapters and generate the models' answers again."""

import argparse
import hashlib
import json
import logging
import sys
import time
from dataclasses import asdict
from pathlib import Path

from evaluation.demo.generate import ask_all, write_answers
from evaluation.demo.local_model import BASE_FILE, packaged_model
from evaluation.demo.manifest import write_manifest
from evaluation.demo.rows import HERE, Splits, demo_splits, read_rows
from evaluation.demo.serving import LocalServer, Sampling
from evaluation.demo.tune import Tuned, tune_adapters
from evaluation.training.trainer.job import TrainingJob

# The second candidate is the first one stopped earlier: the validation loss rises after the second
# epoch, and the second run asks whether reviewers notice that.
FIRST_EPOCHS, SECOND_EPOCHS = 7, 4
RECIPE = TrainingJob(
    base="",
    epochs=12,
    stop_after=FIRST_EPOCHS,
    learning_rate=1e-3,
    threads=0,
)
SAMPLING = Sampling()

logger = logging.getLogger("evaluation.demo")


def main(arguments: list[str]) -> int:
    """Run every step; takes about half an hour on two cores and 5 GB of memory."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options = _parser().parse_args(arguments)
    base = options.model or packaged_model()
    splits = _chosen_splits(options.train, options.validation)
    options.work.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    tuned = tune_adapters(base, splits, RECIPE, options.work)
    seconds = round(time.monotonic() - start)
    _write_training(options.out / "training.json", splits, tuned, seconds=seconds)
    _answer(base, tuned, options.out)
    if options.out == HERE:
        write_manifest()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.demo",
        description="Tune the demo's adapters and have the models answer the held-out prompts.",
        epilog="Example: make demo-answers, or python -m evaluation.demo --train train.jsonl",
    )
    parser.add_argument(
        "--train", type=Path, help="exported training split; default: the demo's own split"
    )
    parser.add_argument("--validation", type=Path, help="exported validation split; with --train")
    parser.add_argument("--model", type=Path, help="base model as GGUF; default: the packaged one")
    parser.add_argument(
        "--work", type=Path, default=Path(".data/demo-answers"), help="folder for the adapters"
    )
    parser.add_argument("--out", type=Path, default=HERE, help="folder for the answers")
    return parser


def _chosen_splits(train: Path | None, validation: Path | None) -> Splits:
    if (train is None) != (validation is None):
        raise SystemExit("Give --train and --validation together, or neither.")
    if train is None or validation is None:
        return demo_splits()
    return Splits(train=read_rows(train), validation=read_rows(validation))


def _answer(base: Path, tuned: Tuned, folder: Path) -> None:
    prompts = read_rows(HERE / "prompts.jsonl")
    # Sorted by epoch; the registry of the demo refers to adapters by these numbers.
    server = LocalServer(base, [tuned.adapters[SECOND_EPOCHS], tuned.adapters[FIRST_EPOCHS]])
    untuned = ask_all(server, prompts, adapter=None, how=SAMPLING, name="smollm2-135m")
    first = ask_all(server, prompts, adapter=1, how=SAMPLING, name="aurora-tuned-v1")
    second = ask_all(server, prompts, adapter=0, how=SAMPLING, name="aurora-tuned-v2")
    write_answers(folder / "answers-v1.jsonl", prompts, baseline=untuned, candidate=first)
    write_answers(folder / "answers-v2.jsonl", prompts, baseline=first, candidate=second)


def _write_training(path: Path, splits: Splits, tuned: Tuned, *, seconds: int) -> None:
    """Write the recipe, losses and digests of the adapters, for the registry and docs/demo.md."""
    facts = {
        "base": BASE_FILE,
        "recipe": asdict(RECIPE),
        "sampling": asdict(SAMPLING),
        "train_examples": len(splits.train),
        "validation_examples": len(splits.validation),
        "train_tokens_an_epoch": tuned.train_tokens,
        "validation_loss": [round(loss, 4) for loss in tuned.losses],
        "seconds": seconds,
        "adapters_sha256": {
            f"epoch-{epoch}": hashlib.sha256(tuned.adapters[epoch].read_bytes()).hexdigest()
            for epoch in (SECOND_EPOCHS, FIRST_EPOCHS)
        },
    }
    path.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
