"""Inspection of answers by the rules of the project's house voice."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Any

from datasets.conversations.chat import Content
from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from datasets.inspections.language import base_language
from datasets.inspections.voice_rules import VoiceKind, VoiceRule
from reviewapp.core.messages import Message, message

# A rule that hits everywhere must not crowd out the findings of others.
MAX_PER_RULE = 20
# A sign-off may be followed by a name and a telephone number.
SIGN_OFF_LINES = 4
MARKUP = re.compile(
    r"(?P<mark>\*\*|__|`)(?P<inner>[^\n*_`]{1,200})(?P=mark)"
    r"|^\#{1,6}\ |^\ *[-*+]\ (?=\S)|\[[^\]\n]{1,200}\]\([^)\s]{1,300}\)"
    r"|</?[a-z][a-z0-9]{0,9}\ ?/?>",
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class _Answer:
    """A text of the assistant, and the index of its message."""

    index: int
    text: str


Found = Iterator[InspectionFinding]


@inspection
def inspect_voice(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield what contradicts the house voice of the project."""
    yield from voice_findings(inspected.content, inspected.settings.voice)


def voice_findings(content: Content, rules: tuple[VoiceRule, ...]) -> Iterator[InspectionFinding]:
    """Yield the findings of some rules in an example."""
    if not rules:
        return
    language = base_language(content.language)
    answers = [
        _Answer(index, turn["content"])
        for index, turn in enumerate(content.messages)
        if turn["role"] == "assistant" and turn["content"] and turn["content"].strip()
    ]
    for rule in rules:
        if not rule.is_for(language=language, intent=content.intent, tags=content.tags):
            continue
        if rule.kind == VoiceKind.POLICY:
            yield from _policy(rule, content)
        elif answers:
            yield from islice(_CHECKS[rule.kind](rule, answers), MAX_PER_RULE)


def _policy(rule: VoiceRule, content: Content) -> Found:
    cited = set(content.policies)
    if not rule.texts and not cited:
        yield _finding(rule, message("inspections.voice_policy", rule=rule.name))
    elif rule.texts and cited.isdisjoint(rule.texts):
        text = message("inspections.voice_policies", rule=rule.name, policies=list(rule.texts))
        yield _finding(rule, text)


def _greeting(rule: VoiceRule, answers: list[_Answer]) -> Found:
    first = answers[0]
    begin = folded(first.text)
    if any(begin.startswith(folded(wanted)) for wanted in rule.texts):
        return
    at = len(first.text) - len(first.text.lstrip())
    fix = f"{rule.texts[0]}\n\n" if rule.has_fix else ""
    yield _finding(rule, _wanted(rule, "voice_greeting"), first.index, at, at, fix)


def _sign_off(rule: VoiceRule, answers: list[_Answer]) -> Found:
    last = answers[-1]
    lines = [line for line in last.text.splitlines() if line.strip()]
    end = folded("\n".join(lines[-SIGN_OFF_LINES:]))
    if any(folded(wanted) in end for wanted in rule.texts):
        return
    at = len(last.text.rstrip())
    fix = f"\n\n{rule.texts[0]}" if rule.has_fix else ""
    yield _finding(rule, _wanted(rule, "voice_sign_off"), last.index, at, at, fix)


def _call_to_action(rule: VoiceRule, answers: list[_Answer]) -> Found:
    last = answers[-1]
    text = folded(last.text)
    if not any(folded(wanted) in text for wanted in rule.texts):
        yield _finding(rule, _wanted(rule, "voice_call_to_action"), last.index)


def _wanted(rule: VoiceRule, code: str) -> Message:
    return message(f"inspections.{code}", rule=rule.name, wanted=rule.texts[0], n=len(rule.texts))


def _words(rule: VoiceRule, answers: list[_Answer]) -> Found:
    pattern = _pattern(rule.texts)
    for answer in answers:
        for match in pattern.finditer(answer.text):
            better = _like(match[0], rule.better)
            code = "inspections.voice_better_word" if better else "inspections.voice_word"
            params: dict[str, Any] = {"better": better} if better else {}
            text = message(code, rule=rule.name, word=_listed(rule, match[0]), **params)
            yield _finding(rule, text, answer.index, *match.span(), better)


def _listed(rule: VoiceRule, found: str) -> str:
    """Return the word as the rule has it: a finding repeats no text of an example."""
    return next((word for word in rule.texts if folded(word) == folded(found)), rule.texts[0])


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    # The longest first: "no problem at all" before "no problem".
    parts = (r"\s+".join(map(re.escape, word.split())) for word in sorted(words, key=_longest))
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)


def _longest(word: str) -> int:
    return -len(word)


def _like(found: str, better: str) -> str:
    """Return the better word, with a capital where the found one has one."""
    if better and found[:1].isupper() and not found.isupper():
        return better[0].upper() + better[1:]
    return better


def _length(rule: VoiceRule, answers: list[_Answer]) -> Found:
    last = answers[-1]
    words = len(last.text.split())
    if rule.min_words is not None and words < rule.min_words:
        text = message(
            "inspections.voice_too_short", rule=rule.name, words=words, limit=rule.min_words
        )
        yield _finding(rule, text, last.index)
    if rule.max_words is not None and words > rule.max_words:
        text = message(
            "inspections.voice_too_long", rule=rule.name, words=words, limit=rule.max_words
        )
        yield _finding(rule, text, last.index)


def _markup(rule: VoiceRule, answers: list[_Answer]) -> Found:
    for answer in answers:
        for match in MARKUP.finditer(answer.text):
            text = message("inspections.voice_markup", rule=rule.name)
            yield _finding(rule, text, answer.index, *match.span(), match["inner"] or "")


_CHECKS: dict[VoiceKind, Callable[[VoiceRule, list[_Answer]], Found]] = {
    VoiceKind.GREETING: _greeting,
    VoiceKind.SIGN_OFF: _sign_off,
    VoiceKind.CALL_TO_ACTION: _call_to_action,
    VoiceKind.WORD: _words,
    VoiceKind.LENGTH: _length,
    VoiceKind.MARKUP: _markup,
}


def _finding(
    rule: VoiceRule,
    text: Message,
    index: int | None = None,
    start: int | None = None,
    end: int | None = None,
    replacement: str = "",
) -> InspectionFinding:
    severity = Severity.BLOCKING if rule.blocks else Severity.WARNING
    return InspectionFinding(rule.code, severity, text, index, start, end, replacement)


def folded(text: str) -> str:
    """Return a text without differences of case, quotes and space."""
    return " ".join(text.replace("\u2019", "'").casefold().split())
