"""Inspection of answers by the rules of the project's house voice."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
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
LINES = re.compile(r"^.*\S.*$", re.MULTILINE)
# Takes the place of the marks of a list.
BULLET = "• "
MAX_REPLACEMENT = 400
MARKUP = re.compile(
    r"(?P<mark>\*\*|__|`)(?P<inner>[^\n*_`]{1,200})(?P=mark)"
    r"|^\#{1,6}\ |^(?P<indent>\ *)[-*+]\ (?=\S)"
    r"|\[(?P<link>[^\]\n]{1,200})\]\((?P<url>[^)\s]{1,300})\)"
    r"|(?P<line_end><br\ ?/?>|</(?:p|div|li|tr|h[1-6])>)\n?|(?P<item><li>)"
    r"|</?[a-z][a-z0-9]{0,9}\ ?/?>",
    re.MULTILINE | re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class _Answer:
    """A text of the assistant, the index of its message, and the sign-offs it may end with."""

    index: int
    text: str
    sign_offs: tuple[str, ...]

    @property
    def body_end(self) -> int:
        """Where its sign-off begins, or else its end."""
        wanted = tuple(map(folded, self.sign_offs))
        starts = [line.start() for line in LINES.finditer(self.text)][-SIGN_OFF_LINES:]
        signed = (start for start in starts if folded(self.text[start:]).startswith(wanted))
        return next(signed, len(self.text.rstrip()))


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
    rules = tuple(
        rule
        for rule in rules
        if rule.is_for(language=language, intent=content.intent, tags=content.tags)
    )
    is_sign_off = {rule: rule.kind == VoiceKind.SIGN_OFF for rule in rules}
    sign_offs = tuple(text for rule in rules if is_sign_off[rule] for text in rule.texts)
    answers = [
        _Answer(index, turn["content"], sign_offs)
        for index, turn in enumerate(content.messages)
        if turn["role"] == "assistant" and turn["content"] and turn["content"].strip()
    ]
    # Where both are missing, the sign-off comes after the call to action.
    for rule in sorted(rules, key=lambda rule: is_sign_off[rule]):
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
    yield _missing(rule, "voice_greeting", first, at)


def _sign_off(rule: VoiceRule, answers: list[_Answer]) -> Found:
    last = answers[-1]
    lines = [line for line in last.text.splitlines() if line.strip()]
    end = folded("\n".join(lines[-SIGN_OFF_LINES:]))
    if any(folded(wanted) in end for wanted in rule.texts):
        return
    yield _missing(rule, "voice_sign_off", last, len(last.text.rstrip()))


def _call_to_action(rule: VoiceRule, answers: list[_Answer]) -> Found:
    last = answers[-1]
    text = folded(last.text)
    if not any(folded(wanted) in text for wanted in rule.texts):
        yield _missing(rule, "voice_call_to_action", last, last.body_end)


def _missing(rule: VoiceRule, code: str, answer: _Answer, at: int) -> InspectionFinding:
    """Return the finding that a text is missing at a place of an answer."""
    text = message(f"inspections.{code}", rule=rule.name, wanted=rule.texts[0], n=len(rule.texts))
    fix = rule.only_text and inserted(rule.only_text, before=answer.text[at:])
    return _finding(rule, text, answer.index, at, at, fix)


def inserted(text: str, *, before: str) -> str:
    """Return a text as a paragraph of its own before the rest of an answer, or at its end."""
    return f"{text}\n\n" if before.strip() else f"\n\n{text}"


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
            text, plain = message("inspections.voice_markup", rule=rule.name), _plain(match)
            found = _finding(rule, text, answer.index, *match.span(), plain or "")
            yield replace(found, removes=plain == "")


def _plain(match: re.Match[str]) -> str | None:
    """Return what says the same without markup; empty if it says nothing, None if too long."""
    if match["link"]:
        text, url = match["link"], match["url"]
        plain = url if text == url else f"{text} ({url})"
        return plain if len(plain) <= MAX_REPLACEMENT else None
    if match["line_end"]:
        return "\n"
    if match["item"]:
        return BULLET
    if match["indent"] is not None:
        return match["indent"] + BULLET
    return match["inner"] or ""


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
