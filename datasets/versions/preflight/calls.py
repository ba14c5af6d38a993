"""Checks tools: which are offered, which are called, and to which call an answer belongs."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH, NAME
from datasets.versions.preflight.problems import PreflightIssue, error

MAX_FUNCTIONS = 128


@dataclass
class _Calls:
    """The tools of a row and its calls so far: names of tools and functions, ids of calls."""

    tools: set[str]
    functions: set[str]
    made: set[str] = field(default_factory=set)


def check_calls(row: dict[str, Any], messages: list[dict[str, Any]]) -> Iterator[PreflightIssue]:
    """Yield errors in the tools of a row and the calls in its messages."""
    yield from _offer(row)
    calls = _Calls(_tool_names(row.get("tools")), _function_names(row.get("functions")))
    for number, message in enumerate(messages, start=1):
        yield from _message(message, number, calls)


def _offer(row: dict[str, Any]) -> Iterator[PreflightIssue]:
    tools, functions = row.get("tools"), row.get("functions")
    if "parallel_tool_calls" in row and not isinstance(row["parallel_tool_calls"], bool):
        yield error("parallel_tool_calls")
    if tools is not None and (not isinstance(tools, list) or len(_tool_names(tools)) < len(tools)):
        yield error("tools")
    if "functions" in row and not (
        isinstance(functions, list)
        and 1 <= len(functions) <= MAX_FUNCTIONS
        and len(_function_names(functions)) == len(functions)
    ):
        yield error("functions", limit=MAX_FUNCTIONS)


def _tool_names(tools: object) -> set[str]:
    of_kind = [
        tool.get("function")
        for tool in (tools if isinstance(tools, list) else [])
        if isinstance(tool, dict) and tool.get("type", "function") == "function"
    ]
    return _function_names(of_kind)


def _function_names(functions: object) -> set[str]:
    listed = functions if isinstance(functions, list) else []
    names = [function.get("name") for function in listed if isinstance(function, dict)]
    return {name for name in names if isinstance(name, str) and NAME.fullmatch(name)}


def _message(message: dict[str, Any], number: int, calls: _Calls) -> Iterator[PreflightIssue]:
    if "tool_calls" in message:
        yield from _tool_calls(message, number, calls)
    if "function_call" in message:
        yield from _function(message["function_call"], number, calls.functions or calls.tools)
    if message.get("role") == "tool":
        answered = message.get("tool_call_id")
        if not isinstance(answered, str) or answered not in calls.made:
            yield error("tool_answer", number=number)


def _tool_calls(message: dict[str, Any], number: int, calls: _Calls) -> Iterator[PreflightIssue]:
    made = message["tool_calls"]
    if message.get("role") != "assistant" or not isinstance(made, list) or not made:
        yield error("tool_calls", number=number)
        return
    for call in made:
        identity = call.get("id") if isinstance(call, dict) else None
        if not isinstance(identity, str) or not identity:
            yield error("call_without_id", number=number)
            continue
        calls.made.add(identity)
        yield from _function(call.get("function"), number, calls.tools)


def _function(called: object, number: int, known: set[str]) -> Iterator[PreflightIssue]:
    name = called.get("name") if isinstance(called, dict) else None
    if not isinstance(called, dict) or not isinstance(name, str):
        yield error("call_without_function", number=number)
        return
    if name not in known:
        yield error("unknown_function", number=number, name=name[:MAX_SHOWN_VALUE_LENGTH])
    if not isinstance(called.get("arguments"), str):
        yield error("arguments", number=number)
