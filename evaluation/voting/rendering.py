"""Prompts and answers as safe HTML, both sides by the same rules. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rapidfuzz.distance import Indel

from reviewapp.core.markdown import render_markdown
from reviewapp.core.messages import Message, message

_CACHE_SIZE: Final = 2048
# Beyond this many words in both texts together, differences are not looked for.
_MAX_WORDS: Final = 20_000

# A tag or a word, and the space before it.
_PIECES: Final = re.compile(r"""(\s*)(<(?:[^>"]|"[^"]*")*>|[^<\s]+)""")


@dataclass(frozen=True)
class RenderedAnswers:
    """The left and the right answer as HTML."""

    left: str
    right: str


def render_answers(left: str, right: str) -> RenderedAnswers:
    """Render two answers; words in only one of them are marked with `<mark>`.

    Which words these are does not depend on the side, so that two reviewers who see the same
    answers the other way round see the same marks.
    """
    if left <= right:
        return _rendered(left, right)
    turned = _rendered(right, left)
    return RenderedAnswers(turned.right, turned.left)


@lru_cache(maxsize=_CACHE_SIZE)
def _rendered(left: str, right: str) -> RenderedAnswers:
    sides = RenderedAnswers(render_markdown(left), render_markdown(right))
    left_pieces, right_pieces = _PIECES.findall(sides.left), _PIECES.findall(sides.right)
    left_words = [piece for _space, piece in left_pieces if piece[0] != "<"]
    right_words = [piece for _space, piece in right_pieces if piece[0] != "<"]
    if len(left_words) + len(right_words) > _MAX_WORDS:
        return sides
    only_left, only_right = [True] * len(left_words), [True] * len(right_words)
    for block in Indel.opcodes(left_words, right_words):
        if block.tag == "equal":
            same = [False] * (block.src_end - block.src_start)
            only_left[block.src_start : block.src_end] = same
            only_right[block.dest_start : block.dest_end] = same
    return RenderedAnswers(
        _marked(sides.left, left_pieces, only_left), _marked(sides.right, right_pieces, only_right)
    )


def _marked(html: str, pieces: Iterable[tuple[str, str]], is_only_here: Iterable[bool]) -> str:
    """Put the words that are only here into `<mark>`, neighbours together, tags left alone."""
    out: list[str] = []
    answers = iter(is_only_here)
    is_open = False
    for space, piece in pieces:
        is_marked = piece[0] != "<" and next(answers)
        if is_marked == is_open:
            # Space between two marked words is marked with them.
            out += (space, piece)
        else:
            out += (space, "<mark>", piece) if is_marked else ("</mark>", space, piece)
            is_open = is_marked
    out.append("</mark>" if is_open else "")
    out.append(html[len(html.rstrip()) :])
    return "".join(out)


@dataclass(frozen=True)
class Turn:
    """One message of a prompt: its role, and the text as HTML."""

    role: str
    label: Message | str
    html: str


@dataclass(frozen=True)
class RenderedPrompt:
    """A prompt with the earlier turns apart: `asked` begins with the customer's last message."""

    earlier: list[Turn]
    asked: list[Turn]


_LABELS: Final = {
    "user": message("voting.role_customer"),
    "assistant": message("voting.role_assistant"),
    "tool": message("voting.role_tool"),
    "function": message("voting.role_tool"),
    "system": message("voting.role_instructions"),
    "developer": message("voting.role_instructions"),
}


def render_prompt(messages: Sequence[Mapping[str, Any]]) -> RenderedPrompt:
    """Render the messages that both models were asked with.

    Args:
        messages: chat messages; content is text, a list of parts with a text, or None beside
            `tool_calls`.
    """
    turns = [_turn(message) for message in messages]
    last = max((number for number, turn in enumerate(turns) if turn.role == "user"), default=0)
    return RenderedPrompt(earlier=turns[:last], asked=turns[last:])


def _turn(message: Mapping[str, Any]) -> Turn:
    role = str(message.get("role", "user"))
    return Turn(role, _LABELS.get(role, role), render_markdown(_text(message)))


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if isinstance(content, list):
        content = "\n\n".join(str(part.get("text", "")) for part in _objects(content))
    if content:
        return str(content)
    calls = _objects(call.get("function") for call in _objects(message.get("tool_calls")))
    return "\n\n".join(f"`{call.get('name')}({call.get('arguments')})`" for call in calls)


def _objects(given: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list. Anything else is ignored: it must not hide the rest."""
    found = given if isinstance(given, Iterable) and not isinstance(given, str | Mapping) else []
    return [part for part in found if isinstance(part, Mapping)]
