"""Prompts and answers as safe HTML, both sides by the same rules. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Final

from rapidfuzz.distance import Indel

from datasets.markdown import render_markdown

_REMEMBERED: Final = 2048
# Beyond this many words in both texts together, differences are not looked for.
_MOST_WORDS: Final = 20_000

_PIECES: Final = re.compile(r"""<(?:[^>"]|"[^"]*")*>|[^<]+""")
_WORDS: Final = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Sides:
    """What stands on the left and on the right, as HTML."""

    left: str
    right: str


@lru_cache(maxsize=_REMEMBERED)
def render_answers(left: str, right: str) -> Sides:
    """Render two answers; the words that only one of them has stand in `<mark>`."""
    sides = Sides(render_markdown(left), render_markdown(right))
    left_words, right_words = _words(sides.left), _words(sides.right)
    if len(left_words) + len(right_words) > _MOST_WORDS:
        return sides
    only_left, only_right = set(range(len(left_words))), set(range(len(right_words)))
    for block in Indel.opcodes(left_words, right_words):
        if block.tag == "equal":
            only_left -= set(range(block.src_start, block.src_end))
            only_right -= set(range(block.dest_start, block.dest_end))
    return Sides(_marked(sides.left, only_left), _marked(sides.right, only_right))


def _words(html: str) -> list[str]:
    """Return the words between the tags, in order."""
    return [
        word
        for piece in _PIECES.findall(html)
        if not piece.startswith("<")
        for word in piece.split()
    ]


def _marked(html: str, positions: set[int]) -> str:
    """Put the words at these positions into `<mark>`, neighbours together, tags left alone."""
    out: list[str] = []
    number = 0
    for piece in _PIECES.findall(html):
        if piece.startswith("<"):
            out.append(piece)
            continue
        parts: list[tuple[bool, str]] = []
        for part in _WORDS.findall(piece):
            if part.isspace():
                # A space is marked with its neighbours if both are.
                parts.append((bool(parts) and parts[-1][0] and number in positions, part))
            else:
                parts.append((number in positions, part))
                number += 1
        out.extend(_wrapped(parts))
    return "".join(out)


def _wrapped(parts: Iterable[tuple[bool, str]]) -> Iterable[str]:
    for is_marked, group in groupby(parts, key=lambda part: part[0]):
        text = "".join(part for _is_marked, part in group)
        body = text.rstrip() if is_marked else text
        yield f"<mark>{body}</mark>{text[len(body) :]}" if is_marked else text


@dataclass(frozen=True)
class Turn:
    """One message of a prompt: who speaks, and the text as HTML."""

    role: str
    label: str
    html: str


@dataclass(frozen=True)
class Prompt:
    """A prompt with the earlier turns apart: `asked` begins with the customer's last message."""

    earlier: list[Turn]
    asked: list[Turn]


_LABELS: Final = {
    "user": "Customer",
    "assistant": "Assistant",
    "tool": "Tool",
    "function": "Tool",
    "system": "Instructions",
    "developer": "Instructions",
}


def render_prompt(messages: Sequence[Mapping[str, Any]]) -> Prompt:
    """Render the messages that both models were asked with.

    Args:
        messages: chat messages; content is text, a list of parts with a text, or None beside
            `tool_calls`.
    """
    turns = [_turn(message) for message in messages]
    last = max((number for number, turn in enumerate(turns) if turn.role == "user"), default=0)
    return Prompt(earlier=turns[:last], asked=turns[last:])


def _turn(message: Mapping[str, Any]) -> Turn:
    role = str(message.get("role", "user"))
    return Turn(role, _LABELS.get(role, role), render_markdown(_text(message)))


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        content = "\n\n".join(str(part.get("text", "")) for part in content)
    if content:
        return str(content)
    calls = [call.get("function", {}) for call in message.get("tool_calls") or []]
    return "\n\n".join(f"`{call.get('name')}({call.get('arguments')})`" for call in calls)
