"""Automatic signals on an answer, each a pure function of its text and the golden one. Pure.

A signal is a hint for the person who reads, never a judgement: none of them is counted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from evaluation.runs.refusal_detection import is_refusal  # words: ok, a refusal of the model
from evaluation.shadow.rules import ShadowRules, citation_expression
from reviewapp.core.messages import Message, message

SHORTEST, LONGEST = 0.5, 1.5
"""Words of an answer as a multiple of the golden answer's, within which its length is usual."""
SHOWN = 3


class Signal(StrEnum):
    """Names of the signals, in the order of the page."""

    LENGTH = "length"
    LANGUAGE = "language"
    REFUSAL = "refusal"
    STYLE = "style"
    CITATION = "citation"
    FORBIDDEN = "forbidden"


class SignalState(StrEnum):
    """Whether there is something to look at."""

    KEPT = "kept"
    NOTICED = "noticed"


@dataclass(frozen=True)
class Compared:
    """An answer beside the golden one, with the languages that were detected; empty if unsure."""

    answer: str
    golden: str
    rules: ShadowRules
    answer_language: str = ""
    golden_language: str = ""


@dataclass(frozen=True)
class SignalView:
    """One signal with its reason."""

    signal: Signal
    state: SignalState
    reason: Message

    def as_json(self) -> dict[str, Any]:
        """Return the signal for a JSON column."""
        return {
            "signal": self.signal.value,
            "state": self.state.value,
            "reason": self.reason.as_json(),
        }


Found = tuple[SignalState, Message] | None
KEPT, NOTICED = SignalState.KEPT, SignalState.NOTICED


def length(compared: Compared) -> Found:
    """Return how long the answer is, as a multiple of the golden one, in words."""
    golden = word_count(compared.golden)
    if not golden:
        return None
    ratio = word_count(compared.answer) / golden
    state = KEPT if SHORTEST <= ratio <= LONGEST else NOTICED
    return state, message("shadow.length", ratio=round(ratio, 2))


def language(compared: Compared) -> Found:
    """Return whether both are in one language; None if one is not detected."""
    given, wanted = compared.answer_language, compared.golden_language
    if not given or not wanted:
        return None
    if given == wanted:
        return KEPT, message("shadow.same_language", language=given)
    return NOTICED, message("shadow.other_language", language=given, golden=wanted)


def refusal(compared: Compared) -> Found:
    """Return whether the answer declines to help where the golden one helps, or the reverse."""
    declines = is_refusal(compared.answer)  # words: ok, a refusal of the model
    should = is_refusal(compared.golden)  # words: ok, a refusal of the model
    if declines == should:
        return KEPT, message("shadow.declines_too" if declines else "shadow.helps")
    return NOTICED, message("shadow.declines" if declines else "shadow.does_not_decline")


_MARKDOWN = re.compile(
    r"^\s{0,3}(?:#{1,6}\s|[-*+]\s|\d{1,3}[.)]\s|```|>\s|\|.+\|)|\*\*[^*\n]+\*\*|__[^_\n]+__"
    r"|\[[^\]\n]+\]\(",
    re.MULTILINE,
)
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b50\ufe0f]")
_STYLE_CHECKS: dict[str, Callable[[str], bool]] = {
    "no_markdown": lambda text: not _MARKDOWN.search(text),
    "no_emoji": lambda text: not _EMOJI.search(text),
    "no_exclamation": lambda text: "!" not in text,
}


def style(compared: Compared) -> Found:
    """Return which style rules the answer breaks; None where the project has none."""
    rules = compared.rules
    if not rules.style_rules and rules.max_words is None:
        return None
    broken = [
        message(f"shadow.style.{rule}")
        for rule in rules.style_rules
        if not _STYLE_CHECKS[rule](compared.answer)
    ]
    words = word_count(compared.answer)
    if rules.max_words is not None and words > rules.max_words:
        broken.append(message("shadow.style.max_words", n=words, limit=rules.max_words))
    if broken:
        return NOTICED, message("shadow.style_broken", broken=broken)
    return KEPT, message("shadow.style_kept")


def citation(compared: Compared) -> Found:
    """Return whether the answer cites where the golden one does; None where that is not asked."""
    pattern = compared.rules.citation_pattern
    if not pattern:
        return None
    expression = citation_expression(pattern)
    if expression.search(compared.answer):
        return KEPT, message("shadow.cites")
    if expression.search(compared.golden):
        return NOTICED, message("shadow.no_citation", pattern=pattern)
    return KEPT, message("shadow.citation_not_needed")


def forbidden(compared: Compared) -> Found:
    """Return which forbidden words the answer has; None where the project has none."""
    words = compared.rules.forbidden_words
    if not words:
        return None
    text = compared.answer.casefold()
    found = [word for word in words if _has_word(text, word.casefold())]
    if found:
        return NOTICED, message("shadow.forbidden", words=found[:SHOWN], n=len(found))
    return KEPT, message("shadow.no_forbidden")


SIGNALS: dict[Signal, Callable[[Compared], Found]] = {
    Signal.LENGTH: length,
    Signal.LANGUAGE: language,
    Signal.REFUSAL: refusal,
    Signal.STYLE: style,
    Signal.CITATION: citation,
    Signal.FORBIDDEN: forbidden,
}


def signals_of(compared: Compared) -> list[SignalView]:
    """Return every signal that the project's rules ask for."""
    judged = [(signal, judge(compared)) for signal, judge in SIGNALS.items()]
    return [SignalView(signal, *found) for signal, found in judged if found is not None]


def word_count(text: str) -> int:
    """Return the number of words that white space separates."""
    return len(text.split())


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None
