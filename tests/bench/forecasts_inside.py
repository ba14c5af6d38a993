"""What the bench of forecasts does in Django: `URL`, JSON out."""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from datasets.conversations.chat import Content, normalise
from datasets.versions.models import DatasetVersion
from evaluation.demo.rows import HERE
from evaluation.training.actions.starting import prepare_training, start_training
from evaluation.training.tasks import TRAININGS
from reviewapp.jobs.models import JobState
from tests.bench.conversations import write_conversations
from tests.factories.trainings import make_plan, pass_time
from tests.factories.versions import ProjectWithMembers

MINI, LARGE = "gpt-4.1-mini-2025-04-14", "gpt-4.1-2025-04-14"
SHOES = {
    "type": "function",
    "function": {
        "name": "find_order",
        "description": "Find an order of a customer by its number.",
        "parameters": {
            "type": "object",
            "properties": {
                "number": {"type": "string", "description": "The number of the order."},
                "part": {
                    "type": "string",
                    "description": "What is asked about.",
                    "enum": ["delivery", "invoice", "return"],
                },
            },
            "required": ["number"],
        },
    },
}


def main() -> None:
    """Run the trainings one after the other and print how they were forecast and ended."""
    url = sys.argv[1]
    # A worker has loaded the SDK, which takes seconds, before its second training.
    importlib.import_module("evaluation.training.providers.sdk")
    demo, short, chats = _version(_demo()), _version(_made(13)), _version(_made(400))
    many, tools, long = _version(_made(800)), _version(_with_tools(100)), _version(_long(40))
    trainings: list[tuple[str, DatasetVersion, str, dict[str, int]]] = [
        ("the demo", demo, MINI, {"n_epochs": 1}),
        ("the demo", demo, MINI, {"n_epochs": 3}),
        ("400 chats in five languages", chats, MINI, {"n_epochs": 2}),
        ("few chats", short, MINI, {}),
        ("40 long chats", long, MINI, {}),
        ("800 chats", many, MINI, {"n_epochs": 1}),
        ("800 chats", many, MINI, {}),
        ("100 chats with a tool and calls", tools, MINI, {"n_epochs": 3}),
        ("the demo", demo, MINI, {"n_epochs": 10}),
        ("the demo", demo, LARGE, {"n_epochs": 1}),
        ("400 chats in five languages", chats, LARGE, {}),
        ("40 long chats", long, LARGE, {"n_epochs": 5}),
        ("the demo", demo, LARGE, {}),
    ]
    rows = [_train(url, *training) for training in trainings]
    sys.stdout.write(json.dumps({"rows": rows}) + "\n")


def _train(
    url: str, what: str, version: DatasetVersion, base: str, chosen: dict[str, int]
) -> dict[str, Any]:
    """Forecast a training as the page does, start it, and follow it until its end."""
    plan = make_plan(version, url, base_model=base, hyperparameters=chosen)
    forecast = prepare_training(version.project, plan).forecast
    training = start_training(project=version.project, plan=plan, actor=None)
    while training.state not in {JobState.DONE, JobState.FAILED}:
        # A worker polls every 5 s at least; this service takes seconds instead of minutes.
        pass_time(training)
        TRAININGS.run(training.pk)
        training.refresh_from_db()
        time.sleep(0.05)
    assert training.ended_at and training.started_at and training.expected_usd is not None
    examples = version.files.get(split="train").examples
    return {
        "what": f"{what}: {examples:,} examples",
        "base_model": base,
        "job": training.provider_job_id,
        "epochs": forecast.epochs,
        "is_assumed": forecast.is_epochs_assumed,
        "expected_tokens": training.expected_tokens,
        "tokens": training.trained_tokens,
        "expected_usd": float(training.expected_usd),
        "expected_seconds": training.expected_seconds,
        "factor": forecast.time_factor,
        "seconds": (training.ended_at - training.started_at).total_seconds(),
    }


def _version(contents: Iterator[Content]) -> DatasetVersion:
    house = ProjectWithMembers()
    house.approve_all(list(contents))
    return house.freeze()


def _demo() -> Iterator[Content]:
    for line in (HERE / "examples.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        yield normalise({**row, "policies": []})


def _made(count: int, *, seed: int = 7) -> Iterator[Content]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chats.jsonl"
        write_conversations(path, count, seed=seed)
        for line in path.read_text(encoding="utf-8").splitlines():
            yield normalise(json.loads(line))


def _long(count: int) -> Iterator[Content]:
    """Yield conversations of ten in a row, with names and with emoji."""
    made = list(_made(count * 10, seed=8))
    for number in range(count):
        parts = made[number * 10 : number * 10 + 10]
        turns = [dict(turn) for part in parts for turn in part.messages[1:]]
        for place, turn in enumerate(turns):
            if turn["role"] == "user":
                turn |= {
                    "name": f"customer_{number}",
                    "content": f"{turn['content']} 🎁👍🏽 {place}",
                }
        yield normalise({"messages": [parts[0].messages[0], *turns], "intent": "other"})


def _with_tools(count: int) -> Iterator[Content]:
    for number, content in enumerate(_made(count, seed=9)):
        call = {"name": "find_order", "arguments": json.dumps({"number": f"{number:08}"})}
        calls = [{"id": f"call_{number}", "type": "function", "function": call}]
        turns = [
            *content.messages,
            {"role": "user", "content": "And where is it now?"},
            {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": f"call_{number}", "content": "In the depot."},
            {"role": "assistant", "content": "It is in the depot and arrives tomorrow."},
        ]
        yield normalise({"messages": turns, "tools": [SHOES], "intent": content.intent})


if __name__ == "__main__":
    main()
