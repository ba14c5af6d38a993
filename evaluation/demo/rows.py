"""Reads and writes the demo's JSON lines, and chooses the training rows."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# Characters of a customer's message that is tagged as short.
SHORT_QUESTION = 60

Row = dict[str, Any]
Message = dict[str, str]


@dataclass(frozen=True)
class Splits:
    """Conversations to train on and conversations to measure the loss on; no row is in both."""

    train: Sequence[Row]
    validation: Sequence[Row]


def read_rows(path: Path) -> list[Row]:
    """Return the object of each line. Raises TypeError if a line is not an object."""
    rows = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise TypeError(f"{path.name}, line {number}: expected a JSON object.")
            rows.append(row)
    return rows


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write one object on each line, UTF-8, keys in their own order."""
    with path.open("w", encoding="utf-8", newline="\n") as lines:
        for row in rows:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def demo_splits(folder: Path = HERE) -> Splits:
    """Return the demo's own split: what a frozen version of its approved examples holds.

    The rows carry their split, and an imported split wins when a version is frozen. So this equals
    `export_dataset`, without a database.
    """
    states = json.loads((folder / "states.json").read_text(encoding="utf-8"))["examples"]
    approved = {entry["external_id"] for entry in states if entry["state"] == "approved"}
    rows = [row for row in read_rows(folder / "examples.jsonl") if row["external_id"] in approved]
    return Splits(
        train=[row for row in rows if row["split"] == "train"],
        validation=[row for row in rows if row["split"] == "validation"],
    )


@dataclass(frozen=True)
class PromptLabels:
    """The labels of a prompt of the demo."""

    language: str
    tags: tuple[str, ...]
    policies: tuple[str, ...]


def prompt_labels(folder: Path = HERE) -> dict[str, PromptLabels]:
    """Return the labels of each prompt by its id.

    The policy is the one that most golden examples of the intent refer to.
    """
    policies: dict[str, Counter[str]] = {}
    for row in read_rows(folder / "examples.jsonl"):
        policies.setdefault(row["intent"], Counter()).update(row["policies"])
    return {
        row["id"]: PromptLabels(
            row["language"], _tags(row), (policies[row["intent"]].most_common(1)[0][0],)
        )
        for row in read_rows(folder / "prompts.jsonl")
    }


def _tags(row: Row) -> tuple[str, ...]:
    asked = [message["content"] for message in row["messages"] if message["role"] == "user"]
    is_short = len(asked[-1]) <= SHORT_QUESTION
    return (*(["multi-turn"] if len(asked) > 1 else []), *(["short-question"] if is_short else []))


def policy_text(policy: Row) -> str:
    """Return a policy's body in Markdown, with the policies it conflicts with and which wins."""
    lines = [
        f"- With *{conflict['with']}*: **{conflict['wins']}** wins. {conflict['note']}"
        for conflict in policy["conflicts"]
    ]
    if not lines:
        return str(policy["body"])
    return "\n".join([policy["body"], "", "### Where policies collide", "", *lines])
