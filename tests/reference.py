"""Reference data: what is shipped in tests/data, and outside files that only tests read.

tests/data/README.md lists both.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path(__file__).resolve().parent / "data"
HOW_TO_GET = "tests/data/README.md says where to get it"
_VERDICTS = ("tie_good", "baseline", "candidate")


def oracles() -> dict[str, Any]:
    """Return the expected intervals, evidence values and agreement figures."""
    found: dict[str, Any] = json.loads((SHIPPED / "oracles.json").read_text(encoding="utf-8"))
    return found


@dataclass(frozen=True)
class AnnotatedPair:
    """A pair of answers of the PandaLM test set, and what its three annotators preferred."""

    id: str
    pair: str
    application: str
    labels: tuple[int, int, int]


def annotated_pairs() -> list[AnnotatedPair]:
    """Return the 999 pairs of the PandaLM test set, without their texts."""
    with (SHIPPED / "pandalm-verdicts.csv").open(encoding="utf-8", newline="") as file:
        return [
            AnnotatedPair(
                f"pandalm-{row['id']}",
                row["pair"],
                row["application"],
                (int(row["annotator1"]), int(row["annotator2"]), int(row["annotator3"])),
            )
            for row in csv.DictReader(file)
        ]


def write_vote_import(folder: Path, pair: str) -> tuple[Path, Path]:
    """Write one model pair of PandaLM as an import; return the files of answers and votes."""
    rows = [row for row in annotated_pairs() if row.pair == pair]
    answers = [
        {
            "id": row.id,
            "intent": row.application,
            "messages": [{"role": "user", "content": f"Question {row.id}"}],
            "baseline": f"First answer to {row.id}",
            "candidate": f"Second answer to {row.id}",
        }
        for row in rows
    ]
    votes = [
        {"id": row.id, "rater": f"annotator{number}", "verdict": _VERDICTS[label]}
        for row in rows
        for number, label in enumerate(row.labels, start=1)
    ]
    return (
        _write(folder / f"{pair}.answers.jsonl", answers),
        _write(folder / f"{pair}.votes.jsonl", votes),
    )


def _write(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def reference_file(name: str) -> Path:
    """Return an outside file of the reference data.

    Without it the test is skipped. It fails where TOUCHSTONE_REFERENCE_DATA_REQUIRED is true, as
    .ci/run sets it: the variable CI alone says nothing about what lies beside a clone.
    """
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    path = Path(os.environ.get("TOUCHSTONE_REFERENCE_DATA") or beside) / name
    if path.is_file():
        return path
    return missing(f"Reference data is missing: {name}; {HOW_TO_GET}.")


def missing(message: str) -> Path:
    """Skip the test without something outside the clone, or fail it where that is required."""
    if os.environ.get("TOUCHSTONE_REFERENCE_DATA_REQUIRED") == "true":
        pytest.fail(message)
    pytest.skip(message)
