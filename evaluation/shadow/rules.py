"""What the answers of a project have to keep, as the automatic signals read it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

MAX_STARS = 3
MAX_PATTERN_LENGTH = 200
MAX_FORBIDDEN, MAX_WORD_LENGTH = 100, 80
# A star stands for so many characters of one line at most, so that no pattern takes long.
_STAR = r"[^\n]{0,80}?"


@dataclass(frozen=True)
class ShadowRules:
    """The rules of a project at one moment.

    Attributes:
        system_prompt: instead of the system message of each prompt; empty keeps that.
        citation_pattern: what an answer must contain where the golden answer does, with `*` for
            some characters, such as `[*]`; empty for none.
        forbidden_words: words or phrases that no answer may contain, in any case.
        style_rules: values of `models.StyleRule`.
        max_words: of an answer; None for no limit.
    """

    system_prompt: str = ""
    citation_pattern: str = ""
    forbidden_words: tuple[str, ...] = ()
    style_rules: tuple[str, ...] = ()
    max_words: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the rules for a JSON column."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the rules that `as_json` encoded."""
        values: dict[str, Any] = dict(stored)
        for name in ("forbidden_words", "style_rules"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)


def citation_expression(pattern: str) -> re.Pattern[str]:
    """Return the expression of a citation pattern."""
    return re.compile(_STAR.join(re.escape(part) for part in pattern.split("*")))


def check_rules(rules: ShadowRules) -> None:
    """Check what a lead entered.

    Raises:
        InvalidInput: a value is too long; its field is named.
    """
    pattern = rules.citation_pattern
    if pattern.count("*") > MAX_STARS or len(pattern) > MAX_PATTERN_LENGTH:
        limits = {"limit": MAX_STARS, "characters": MAX_PATTERN_LENGTH}
        raise InvalidInput(message("shadow.citation_pattern", **limits), field="citation_pattern")
    if pattern and not pattern.replace("*", "").strip():
        raise InvalidInput(message("shadow.citation_only_stars"), field="citation_pattern")
    words = rules.forbidden_words
    if len(words) > MAX_FORBIDDEN or any(len(word) > MAX_WORD_LENGTH for word in words):
        limits = {"limit": MAX_FORBIDDEN, "characters": MAX_WORD_LENGTH}
        raise InvalidInput(message("shadow.forbidden_words", **limits), field="forbidden_words")
