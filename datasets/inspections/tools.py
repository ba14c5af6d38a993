"""Inspections of tool calls: each names a tool that is offered, and each answer an earlier call."""

import json
from collections.abc import Iterator
from typing import Any

from datasets.inspections.problems import Inspected, InspectionFinding, Severity


def inspect_tools(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings for calls that a provider rejects and answers that belong to no call."""
    content = inspected.content
    offered = {tool["function"]["name"] for tool in content.tools or []}
    called: set[str] = set()
    for index, message in enumerate(content.messages):
        for call in message.get("tool_calls", []):
            called.add(call["id"])
            yield from _call(call["function"], offered, index)
        if "function_call" in message:
            yield from _arguments(message["function_call"], index)
        if message["role"] == "tool" and message["tool_call_id"] not in called:
            yield _problem("This answers no earlier tool call. Correct its `tool_call_id`.", index)


def _call(function: dict[str, Any], offered: set[str], index: int) -> Iterator[InspectionFinding]:
    if function["name"] not in offered:
        yield _problem(
            f"The tool {function['name'][:60]} is called here but not among the example's tools.",
            index,
        )
    yield from _arguments(function, index)


def _arguments(function: dict[str, Any], index: int) -> Iterator[InspectionFinding]:
    try:
        arguments = json.loads(function["arguments"])
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        yield _problem(f"The arguments of {function['name'][:60]} are not a JSON object.", index)


def _problem(text: str, index: int) -> InspectionFinding:
    return InspectionFinding("tool_call", Severity.BLOCKING, text, index)
