"""The tokens of offered tools and of their calls, as models of OpenAI read them. Pure.

Offered tools by the rule in "How to count tokens with tiktoken", OpenAI's cookbook, for gpt-4o and
later models; properties within properties, which it leaves out, are counted in the same way. How
calls are counted is not published: the model reads name and arguments, and no id.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Count = Callable[[str], int]
ALL_TOOLS, EACH_TOOL = 12, 7
ALL_PROPERTIES, EACH_PROPERTY = 3, 3
ALL_VALUES, EACH_VALUE = -3, 3


def tools_tokens(tools: Sequence[Mapping[str, Any]], count: Count) -> int:
    """Return the tokens of the tools that are offered in a conversation.

    Args:
        tools: in normal form.
        count: returns the tokens of a text.
    """
    total = ALL_TOOLS if tools else 0
    for tool in tools:
        function = tool.get("function")
        if not isinstance(function, dict):
            function = tool
        total += EACH_TOOL + count(f"{_text(function.get('name'))}:{_described(function)}")
        total += _properties_tokens(function.get("parameters"), count)
    return total


def call_tokens(call: Mapping[str, Any], count: Count) -> int:
    """Return the tokens of a call: `tool_calls` has such under "function", the older form none."""
    function = call.get("function")
    if not isinstance(function, dict):
        function = call
    return count(_text(function.get("name"))) + count(_text(function.get("arguments")))


def _properties_tokens(schema: object, count: Count) -> int:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict) or not properties:
        return 0
    total = ALL_PROPERTIES
    for name, found in properties.items():
        shape = found if isinstance(found, dict) else {}
        line = f"{name}:{_text(shape.get('type'))}:{_described(shape)}"
        total += EACH_PROPERTY + count(line)
        values = shape.get("enum")
        if isinstance(values, list):
            total += ALL_VALUES + sum(EACH_VALUE + count(_text(value)) for value in values)
        total += _properties_tokens(shape, count) + _properties_tokens(shape.get("items"), count)
    return total


def _described(shape: Mapping[str, Any]) -> str:
    return _text(shape.get("description")).removesuffix(".")


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
