"""`python -m evaluation.training.trainer.count FOLDER MAX FILE ...`: tokens of files, as JSON.

Counted as the trainer reads it, by the saved tokenizer and chat template of the base model.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from evaluation.training.trainer.job import JobError
from evaluation.training.trainer.samples import read_samples
from evaluation.training.trainer.save_tokenizer import load_saved


def main() -> int:
    """Print a JSON object for each file: `tokens` and `learnt_tokens`, or `code` and `text`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="made by save_tokenizer")
    parser.add_argument("max_tokens", type=int, help="of a conversation")
    parser.add_argument("files", type=Path, nargs="+", help="JSON lines with messages")
    options = parser.parse_args()
    tokenizer = load_saved(options.folder)
    found = [_count(tokenizer, file, options.max_tokens) for file in options.files]
    sys.stdout.write("".join(json.dumps(counted) + "\n" for counted in found))
    return 0


def _count(tokenizer: Any, file: Path, max_tokens: int) -> dict[str, Any]:
    try:
        samples = read_samples(file, tokenizer, max_tokens)
    except JobError as error:
        return _failure(error)
    return {
        "tokens": sum(len(sample.ids) for sample in samples),
        "learnt_tokens": sum(sample.learnt for sample in samples),
    }


def _failure(error: JobError) -> dict[str, Any]:
    return {"code": error.code, "text": str(error)}


if __name__ == "__main__":
    sys.exit(main())
