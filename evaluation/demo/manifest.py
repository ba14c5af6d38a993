"""The list of the demo's files with their number of rows and digests."""

import hashlib
import json
from pathlib import Path
from typing import Any

from evaluation.demo.rows import HERE, read_rows

NAME = "manifest.json"

# The seed of the second run's served order: its votes are on the first examples in this order.
SECOND_RUN_ORDER_SEED = 20


def build_manifest(folder: Path = HERE) -> dict[str, Any]:
    """Return the number of rows and the SHA-256 of every data file in `folder`, by name."""
    files = sorted([*folder.glob("*.jsonl"), folder / "states.json", folder / "training.json"])
    return {
        "second_run_order_seed": SECOND_RUN_ORDER_SEED,
        "files": {file.name: _facts(file) for file in files},
    }


def write_manifest(folder: Path = HERE) -> None:
    """Write `manifest.json` beside the files it lists."""
    text = json.dumps(build_manifest(folder), indent=1) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8")


def _facts(file: Path) -> dict[str, Any]:
    facts: dict[str, Any] = {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    if file.suffix == ".jsonl":
        facts["rows"] = len(read_rows(file))
    return facts
