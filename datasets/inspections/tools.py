"""Inspections of tool calls: calls of unknown tools, bad arguments, answers to no call."""

import json
from collections.abc import Iterator
from typing import Any

from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from reviewapp.core.messages import Message, message

MAX_SHOWN_NAME = 60


@inspection
def inspect_tools(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield findings for calls that a provider rejects and answers that belong to no call."""
    content = inspected.content
    offered = {tool["function"]["name"] for tool in content.tools or []}
    called: set[str] = set()
    for index, turn in enumerate(content.messages):
        for call in turn.get("tool_calls", []):
            called.add(call["id"])
            yield from _call(call["function"], offered, index)
        if "function_call" in turn:
            yield from _arguments(turn["function_call"], index)
        if turn["role"] == "tool" and turn["tool_call_id"] not in called:
            yield _finding(message("inspections.answers_no_call"), index)


def _call(function: dict[str, Any], offered: set[str], index: int) -> Iterator[InspectionFinding]:
    if function["name"] not in offered:
        yield _finding(message("inspections.unknown_tool", name=_name(function)), index)
    yield from _arguments(function, index)


def _arguments(function: dict[str, Any], index: int) -> Iterator[InspectionFinding]:
    try:
        arguments = json.loads(function["arguments"])
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        yield _finding(message("inspections.bad_arguments", name=_name(function)), index)


def _name(function: dict[str, Any]) -> str:
    return str(function["name"])[:MAX_SHOWN_NAME]


def _finding(text: Message, index: int) -> InspectionFinding:
    return InspectionFinding("tool_call", Severity.BLOCKING, text, index)
