"""`python -m evaluation.training.trainer.save_tokenizer BASE FOLDER`: a tokenizer as fast files.

The folder appears whole or not at all. Where it cannot be loaded, code and text are there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from evaluation.training.trainer.job import JobError

FAILED_FILE = "failed.json"


def main() -> int:
    """Save the tokenizer of a base model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path, help="GGUF file, or folder with a tokenizer")
    parser.add_argument("folder", type=Path, help="where it is saved")
    options = parser.parse_args()
    options.folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder.parent) as place:
        saved = Path(place) / "saved"
        saved.mkdir()
        try:
            load_tokenizer(options.base).save_pretrained(saved)
        except JobError as error:
            reason = {"code": error.code, "text": str(error)}
            (saved / FAILED_FILE).write_text(json.dumps(reason), encoding="utf-8")
        # Another process may have been faster.
        with suppress(OSError):
            saved.rename(options.folder)
    return 0


def load_tokenizer(base: Path) -> Any:
    """Return the tokenizer of a base model. Raises JobError where it cannot be loaded."""
    from transformers import AutoTokenizer  # noqa: PLC0415 - arguments are checked before.

    options: dict[str, Any] = {"local_files_only": True}
    place = base
    if base.is_file():
        options["gguf_file"], place = base.name, base.parent
    try:
        return AutoTokenizer.from_pretrained(place, **options)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise JobError("base_unreadable", f"{base.name} cannot be loaded: {error}") from error


def load_saved(folder: Path) -> Any:
    """Return a saved tokenizer, by its own files without PyTorch where it has them."""
    if not (folder / "tokenizer.json").exists():
        return load_tokenizer(folder)
    from transformers import PreTrainedTokenizerFast  # noqa: PLC0415 - slow to import.

    return PreTrainedTokenizerFast.from_pretrained(folder, local_files_only=True)


if __name__ == "__main__":
    sys.exit(main())
