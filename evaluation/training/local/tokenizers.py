"""The tokenizers of base models, saved on this machine as files that load fast.

Out of a GGUF file one takes PyTorch and 15 s of processor time; a saved one takes 1.5 s and no
PyTorch (SmolLM2-135M).
"""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings

from evaluation.training.local.base_files import find_base
from evaluation.training.local.models import BaseModel
from evaluation.training.trainer.save_tokenizer import FAILED_FILE
from reviewapp import env

FOLDER = "tokenizers"
SECONDS = 300
PACKAGES = ("torch", "transformers", "peft")


def has_trainer() -> bool:
    """Return whether `make setup-training` has run on this machine."""
    return all(find_spec(name) for name in PACKAGES)


def run_module(module: str, *arguments: object) -> str:
    """Run a module of the trainer without a network; return its output.

    Raises:
        subprocess.SubprocessError: it failed, or took too long.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"evaluation.training.trainer.{module}", *map(str, arguments)],
        check=True,
        capture_output=True,
        cwd=env.ROOT,
        env=env.child(HF_HUB_OFFLINE="1"),
        timeout=SECONDS,
        text=True,
    )
    return done.stdout


def save_tokenizer(base: BaseModel) -> Path | None:
    """Return the folder of a saved tokenizer, or of the reason why it cannot be loaded.

    None where this machine lacks the trainer or the model, or loading it was cut off.
    """
    folder = Path(settings.DATA_DIR) / FOLDER / base.sha256
    if folder.is_dir():
        return folder
    path = find_base(base.path)
    if path is None or not has_trainer():
        return None
    try:
        run_module("save_tokenizer", path, folder)
    except (subprocess.SubprocessError, OSError):
        return None
    return folder if folder.is_dir() else None


def save_tokenizers() -> None:
    """Save the tokenizers of all base models that are offered, so that no forecast waits."""
    for base in BaseModel.objects.filter(is_offered=True):
        save_tokenizer(base)


def failure_of(folder: Path) -> dict[str, str] | None:
    """Return code and text of the reason why a tokenizer cannot be loaded; None if it can."""
    failed = folder / FAILED_FILE
    return dict(json.loads(failed.read_text(encoding="utf-8"))) if failed.exists() else None
