"""What does not belong in an answer: reasoning blocks, template marks, nothing to be seen. Pure.

Reasoning models of several makers put their thoughts before the answer, and servers with a wrong
chat template leave its marks in the text. Both tell a reviewer which model answered.
"""

import re
import unicodedata
from enum import StrEnum


class Mark(StrEnum):
    """A kind of text that is not part of an answer."""

    REASONING = "reasoning"
    TEMPLATE = "template"


# Letters that fonts draw as nothing.
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_NAMES = r"(?:think(?:ing)?|thoughts?|reasoning|seed:think)"
# After a backtick it is an answer about such marks.
_OPEN = rf"(?<!`)(?:<{_NAMES}>|\[THINK\]|◁think▷)"
_CLOSE = rf"(?<!`)(?:</{_NAMES}>|\[/THINK\]|◁/think▷)"
# gpt-oss: everything but the channel “final” is not for the user.
_CHANNEL = r"<\|channel\|>(?!final)\w+(?:(?!<\|channel\|>final).)*"
_BLOCK = re.compile(rf"{_OPEN}.*?(?:{_CLOSE}|\Z)|{_CHANNEL}", re.DOTALL | re.IGNORECASE)
# Some templates put the opening tag into the prompt, so that the answer has the closing one alone.
_HEAD = re.compile(rf"\A(?:(?!{_OPEN}).)*?{_CLOSE}", re.DOTALL | re.IGNORECASE)
_HAS_REASONING = re.compile(rf"{_OPEN}|{_CLOSE}|{_CHANNEL}", re.DOTALL | re.IGNORECASE)
_BAR = "[|\uff5c]"
_TEMPLATE = re.compile(
    rf"(?<!`)(?:<{_BAR}[A-Za-z][\w\u2581 -]{{0,40}}{_BAR}>|<(?:start|end)_of_turn>"
    r"|\A\s*<s>|</s>(?=\s*(?:\Z|<s>))|\[/?INST\]|<</?SYS>>)",
)
# The head of a turn: its mark, the role, and where the text begins.
_TURN_HEAD = re.compile(
    rf"\A\s*(?:<{_BAR}(?:begin_of_text|begin\u2581of\u2581sentence){_BAR}>|<s>)?\s*(?:"
    rf"<{_BAR}im_start{_BAR}>\s*assistant\s"
    rf"|<{_BAR}start_header_id{_BAR}>\s*assistant\s*<{_BAR}end_header_id{_BAR}>"
    rf"|<{_BAR}start{_BAR}>\s*assistant\s*(?=<)"
    rf"|<{_BAR}Assistant{_BAR}>"
    rf"|<start_of_turn>\s*model\s)?",
    re.IGNORECASE,
)
_FINAL_CHANNEL = re.compile(r"\A\s*<\|channel\|>final\s*<\|message\|>")


def has_words(text: str) -> bool:
    """Return whether a text shows anything: not only spaces, controls and invisible characters."""
    # Most texts begin with a letter.
    first = text[:1]
    return (first.isascii() and first.isalnum()) or any(
        unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"}
        and character not in _BLANK_LETTERS
        for character in text
    )


def marks_in(text: str) -> list[Mark]:
    """Return which kinds of marks an answer holds."""
    # Nearly no answer has any of these characters.
    if "<" not in text and "[" not in text and "◁" not in text:
        return []
    found = []
    if _HAS_REASONING.search(text):
        found.append(Mark.REASONING)
    if _TEMPLATE.search(_without_reasoning(text)):
        found.append(Mark.TEMPLATE)
    return found


def without_marks(text: str) -> str:
    """Return the answer alone: without reasoning, up to the end of the model's turn.

    A block that never ends is taken off to the end of the text, so the rest may be empty.
    """
    if not marks_in(text):
        return text
    answer = _TURN_HEAD.sub("", _without_reasoning(text), count=1)
    answer = _FINAL_CHANNEL.sub("", answer, count=1)
    end = _TEMPLATE.search(answer)
    return (answer[: end.start()] if end else answer).strip()


def is_only_reasoning(text: str) -> bool:
    """Return whether an answer is nothing but thoughts, so that there is no answer."""
    return has_words(text) and not has_words(without_marks(text))


def _without_reasoning(text: str) -> str:
    return _HEAD.sub("", _BLOCK.sub("", text), count=1)
