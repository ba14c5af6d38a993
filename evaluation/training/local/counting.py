"""Tokens of a frozen file by the tokenizer of a base model, where this machine has both."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from django.core.cache import cache

from datasets.versions.storage import copy_stored
from evaluation.training.local.base_files import find_base
from evaluation.training.local.models import BaseModel
from reviewapp import env

SECONDS = 120
# Counts of the same bytes by the same model never change.
FOR_GOOD = None
PACKAGES = ("torch", "transformers", "peft")


@dataclass(frozen=True)
class Counted:
    """Tokens of one epoch; or the trainer's code and words why it would not read the file."""

    tokens: int = 0
    learnt_tokens: int = 0
    code: str = ""
    text: str = ""


def has_trainer() -> bool:
    """Return whether `make setup-training` has run on this machine."""
    return all(find_spec(name) for name in PACKAGES)


def count_tokens(base: BaseModel, digests: Sequence[str]) -> list[Counted | None]:
    """Return the tokens of each stored file; None where they cannot be counted on this machine.

    The first count of a file takes seconds, because the tokenizer is loaded by a process.
    """
    keys = {sha256: f"local-tokens-{base.sha256}-{sha256}" for sha256 in digests}
    known = cache.get_many(keys.values())
    unknown = [sha256 for sha256 in digests if keys[sha256] not in known]
    if unknown:
        found = {keys[name]: asdict(counted) for name, counted in _count(base, unknown).items()}
        cache.set_many(found, FOR_GOOD)
        known |= found
    stored = (known.get(keys[sha256]) for sha256 in digests)
    return [Counted(**values) if values else None for values in stored]


def _count(base: BaseModel, digests: list[str]) -> dict[str, Counted]:
    path = find_base(base.path)
    if path is None or not has_trainer():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        files = {sha256: Path(folder) / f"{sha256}.jsonl" for sha256 in digests}
        for sha256, file in files.items():
            with file.open("w+b") as copy:
                if not copy_stored(copy, sha256):
                    return {}
        return dict(zip(digests, _run(path, [*files.values()], base.context_tokens), strict=False))


def _run(base: Path, files: list[Path], max_tokens: int) -> list[Counted]:
    module = "evaluation.training.trainer.count"
    command = [sys.executable, "-m", module, str(base), str(max_tokens), *map(str, files)]
    try:
        done = subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd=env.ROOT,
            env=env.child(HF_HUB_OFFLINE="1"),
            timeout=SECONDS,
        )
        lines = done.stdout.splitlines()[-len(files) :]
        return [Counted(**json.loads(line)) for line in lines]
    except (subprocess.SubprocessError, OSError, ValueError, TypeError):
        return []
