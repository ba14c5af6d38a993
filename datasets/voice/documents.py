"""Rules of the house voice as JSON: read, checked, exported. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from datasets.inspections.language import base_language
from datasets.inspections.voice_rules import VoiceKind, VoiceRule
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

FORMAT: Final = "touchstone-voice-1"
MAX_RULES, MAX_TEXTS, MAX_TEXT_LENGTH, MAX_NAME_LENGTH = 100, 40, 300, 60
MAX_WORDS: Final = 10_000
KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,29}")
NEEDS_TEXTS = frozenset(
    {VoiceKind.GREETING, VoiceKind.SIGN_OFF, VoiceKind.CALL_TO_ACTION, VoiceKind.WORD}
)
_LISTS = ("texts", "languages", "intents", "tags")
_FIELDS = frozenset(VoiceRule.__dataclass_fields__)


def document_of(rules: Iterable[VoiceRule]) -> dict[str, Any]:
    """Return rules as the document that an import reads."""
    return {"format": FORMAT, "rules": [rule.as_json() for rule in rules]}


def rules_of_document(document: object) -> tuple[VoiceRule, ...]:
    """Return the rules of a document.

    Raises:
        InvalidInput: it is no such document; the message names the rule and what to do.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InvalidInput(message("voice.not_a_document", format=FORMAT))
    rows = document.get("rules")
    if not isinstance(rows, list):
        raise InvalidInput(message("voice.not_a_document", format=FORMAT))
    if len(rows) > MAX_RULES:
        raise InvalidInput(message("voice.too_many_rules", n=MAX_RULES))
    rules = tuple(_checked_row(number, row) for number, row in enumerate(rows, 1))
    keys = [rule.key for rule in rules]
    if twice := sorted({key for key in keys if keys.count(key) > 1}):
        raise InvalidInput(message("voice.key_twice", keys=twice))
    return rules


def _checked_row(number: int, row: object) -> VoiceRule:
    try:
        return checked(rule_of_json(row))
    except InvalidInput as error:
        reason = error.message
        raise InvalidInput(message("voice.in_rule", number=number, reason=reason)) from error


def rule_of_json(row: object) -> VoiceRule:
    """Return one rule as it is stored.

    Raises:
        InvalidInput: a value has another type than the rule needs, or there is an unknown name.
    """
    if not isinstance(row, Mapping) or not isinstance(row.get("key"), str):
        raise InvalidInput(message("voice.no_key"))
    if unknown := sorted(set(map(str, row)) - _FIELDS):
        raise InvalidInput(message("voice.unknown_field", names=unknown))
    if row.get("kind") not in {*map(str, VoiceKind)}:
        raise InvalidInput(message("voice.unknown_kind", kinds=[*map(str, VoiceKind)]))
    values: dict[str, Any] = {**row, "kind": VoiceKind(row["kind"])}
    for name in _LISTS:
        values[name] = tuple(_typed(name, values.get(name, []), _is_texts, "voice.not_texts"))
    for name in ("name", "better"):
        values[name] = _typed(name, values.get(name, ""), _is_text, "voice.not_texts")
    for name in ("min_words", "max_words"):
        values[name] = _typed(name, values.get(name), _is_limit, "voice.not_a_number")
    values["blocks"] = _typed(
        "blocks", values.get("blocks", False), _is_choice, "voice.not_a_choice"
    )
    return VoiceRule(**values)


def _typed(name: str, value: Any, is_right: Callable[[object], bool], code: str) -> Any:
    """Return a value of the right type.

    Raises:
        InvalidInput: it has another.
    """
    if not is_right(value):
        raise InvalidInput(message(code, name=name))
    return value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_limit(value: object) -> bool:
    return value is None or type(value) is int


def _is_choice(value: object) -> bool:
    return isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(text, str) for text in value)


def checked(rule: VoiceRule) -> VoiceRule:
    """Return a rule without empty texts and with base languages, if it can be applied.

    Raises:
        InvalidInput: something is missing, too long or contradictory.
    """
    rule = replace(
        rule,
        name=" ".join(rule.name.split()),
        better=" ".join(rule.better.split()),
        texts=_cleaned(rule.texts),
        languages=tuple(base_language(code) for code in _cleaned(rule.languages)),
        intents=_cleaned(rule.intents),
        tags=_cleaned(rule.tags),
    )
    if not KEY.fullmatch(rule.key):
        raise InvalidInput(message("voice.bad_key", key=rule.key[:MAX_NAME_LENGTH]))
    if not rule.name or len(rule.name) > MAX_NAME_LENGTH:
        raise InvalidInput(message("voice.bad_name", n=MAX_NAME_LENGTH), field="name")
    if rule.kind in NEEDS_TEXTS and not rule.texts:
        raise InvalidInput(message("voice.no_texts"), field="texts")
    parts = (*rule.texts, rule.better, *rule.languages, *rule.intents, *rule.tags)
    if any(len(text) > MAX_TEXT_LENGTH or "\x00" in text for text in parts):
        raise InvalidInput(message("voice.text_too_long", n=MAX_TEXT_LENGTH), field="texts")
    if any(len(getattr(rule, name)) > MAX_TEXTS for name in _LISTS):
        raise InvalidInput(message("voice.too_many_texts", n=MAX_TEXTS), field="texts")
    _check_contradictions(rule)
    return rule


def _check_contradictions(rule: VoiceRule) -> None:
    """Check what would contradict the rule itself."""
    if rule.kind == VoiceKind.LENGTH:
        limits = [limit for limit in (rule.min_words, rule.max_words) if limit is not None]
        if not limits or min(limits) < 1 or max(limits) > MAX_WORDS:
            raise InvalidInput(message("voice.no_limit", n=MAX_WORDS), field="max_words")
        if limits != sorted(limits):
            raise InvalidInput(message("voice.limits_cross"), field="max_words")
    better = f" {rule.better.casefold()} "
    if rule.kind == VoiceKind.WORD and any(f" {word.casefold()} " in better for word in rule.texts):
        raise InvalidInput(message("voice.better_is_forbidden"), field="better")


def _cleaned(texts: Iterable[str]) -> tuple[str, ...]:
    stripped = ("\n".join(text.strip().splitlines()) for text in texts)
    return tuple(dict.fromkeys(text for text in stripped if text))
