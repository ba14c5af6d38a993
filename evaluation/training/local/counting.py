"""Tokens of a frozen file by the tokenizer of a base model, where this machine has both.

A process counts, while a request waits for a few seconds at most.
"""

import hashlib
import json
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from django.core.cache import cache
from django.db import connection

from datasets.versions.storage import copy_stored
from evaluation.training.local.base_files import find_base
from evaluation.training.local.models import BaseModel
from evaluation.training.local.tokenizers import (
    SECONDS,
    failure_of,
    has_trainer,
    run_module,
    save_tokenizer,
)

# A small file by a saved tokenizer is counted within it.
WAIT_SECONDS = 3.0
# What could not be counted is tried again after it.
RETRY_SECONDS = 600
COUNTING, FAILED = "counting", "failed"
# Counts of the same bytes by the same model never change.
FOR_GOOD = None


@dataclass(frozen=True)
class Counted:
    """Tokens of one epoch; or the trainer's code and words why it would not read the file."""

    tokens: int = 0
    learnt_tokens: int = 0
    code: str = ""
    text: str = ""


def count_tokens(base: BaseModel, digests: Sequence[str]) -> list[Counted | None]:
    """Return the tokens of each stored file; None where they are not counted on this machine (yet).

    `is_counting` tells whether they soon will be.
    """
    unknown = [sha256 for sha256, found in _known(base, digests).items() if found is None]
    if unknown and find_base(base.path) is not None and has_trainer():
        key = _state_key(base, unknown)
        if cache.add(key, COUNTING, 2 * SECONDS):
            thread = threading.Thread(target=_count_apart, args=(base, unknown, key), daemon=True)
            thread.start()
            thread.join(WAIT_SECONDS)
    known = _known(base, digests)
    return [known[sha256] for sha256 in digests]


def is_counting(base: BaseModel, digests: Sequence[str]) -> bool:
    """Return whether a process counts the files whose tokens are not known yet."""
    unknown = [sha256 for sha256, found in _known(base, digests).items() if found is None]
    return bool(unknown) and cache.get(_state_key(base, unknown)) == COUNTING


def _known(base: BaseModel, digests: Sequence[str]) -> dict[str, Counted | None]:
    """Return what is known of each file."""
    stored = cache.get_many([_key(base, sha256) for sha256 in digests])
    found = {sha256: stored.get(_key(base, sha256)) for sha256 in digests}
    return {sha256: Counted(**values) if values else None for sha256, values in found.items()}


def _key(base: BaseModel, sha256: str) -> str:
    return f"local-tokens-{base.sha256}-{sha256}"


def _state_key(base: BaseModel, digests: Sequence[str]) -> str:
    together = hashlib.sha256("".join([base.sha256, *digests]).encode()).hexdigest()
    return f"local-counting-{together}"


def _count_apart(base: BaseModel, digests: list[str], key: str) -> None:
    """Count in a thread, which has a database connection of its own."""
    try:
        counted = count_now(base, digests)
        if counted:
            found = {_key(base, sha256): asdict(count) for sha256, count in counted.items()}
            cache.set_many(found, FOR_GOOD)
        cache.set(key, FAILED, RETRY_SECONDS)
    finally:
        connection.close()


def count_now(base: BaseModel, digests: Sequence[str]) -> dict[str, Counted]:
    """Return the tokens of each stored file; empty where they cannot be counted here."""
    saved = save_tokenizer(base)
    if saved is None:
        return {}
    if reason := failure_of(saved):
        return {sha256: Counted(code=reason["code"], text=reason["text"]) for sha256 in digests}
    with tempfile.TemporaryDirectory() as folder:
        files = {sha256: Path(folder) / f"{sha256}.jsonl" for sha256 in digests}
        for sha256, file in files.items():
            with file.open("w+b") as copy:
                if not copy_stored(copy, sha256):
                    return {}
        return dict(zip(digests, _run(saved, [*files.values()], base.context_tokens), strict=False))


def _run(saved: Path, files: list[Path], max_tokens: int) -> list[Counted]:
    try:
        lines = run_module("count", saved, max_tokens, *files).splitlines()[-len(files) :]
        return [Counted(**json.loads(line)) for line in lines]
    except (subprocess.SubprocessError, OSError, ValueError, TypeError):
        return []
