"""The lines of a file of preferences, in the formats of trainers. Pure."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any


class PairFormat(StrEnum):
    """A format of a line."""

    # Direct preference optimisation by OpenAI's API.
    OPENAI = "openai"
    # The columns that TRL and other libraries read.
    CHOSEN = "chosen"


def pair_line(
    messages: Sequence[Mapping[str, Any]], preferred: str, other: str, *, layout: PairFormat
) -> bytes:
    """Return one pair as a JSON line.

    Args:
        messages: what both models were asked.
        preferred: the text of the preferred answer.
        other: the text of the other answer.
        layout: the format.
    """
    chosen, rejected = (
        [{"role": "assistant", "content": content}] for content in (preferred, other)
    )
    asked = [dict(message) for message in messages]
    if layout == PairFormat.OPENAI:
        line: dict[str, Any] = {
            "input": {"messages": asked, "tools": [], "parallel_tool_calls": True},
            "preferred_output": chosen,
            "non_preferred_output": rejected,
        }
    else:
        line = {"prompt": asked, "chosen": chosen, "rejected": rejected}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
