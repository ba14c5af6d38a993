"""Detects the language of a conversation with py3langid, limited to the project's languages."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from datasets.conversations.chat import Content
from datasets.inspections.findings import Inspected, InspectionFinding, Severity, inspection
from reviewapp.core.messages import message

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Enough text to detect a language; more only takes time.
MAX_LETTERS = 180
MAX_LETTERS_PER_MESSAGE = 90
# Shorter texts are not decisive ("Thanks!", an order number).
MIN_LETTERS = 24
MIN_CERTAINTY = 0.9
MAX_NAMED_LANGUAGES = 20


@lru_cache(maxsize=1)
def _model() -> LanguageIdentifier:
    """Load numpy and the tables (about 100 MB) at the first use, in processes that inspect."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=64)
def _identifier(languages: tuple[str, ...]) -> LanguageIdentifier:
    identifier = copy.copy(_model())
    known = set(languages).intersection(identifier.labels)
    identifier.set_languages(known or None)
    return identifier


def base_language(code: str) -> str:
    """Return the language of a code with a region: "pt-BR" is "pt"."""
    return code.replace("_", "-").split("-")[0].lower()


def detect_language(content: Content, languages: tuple[str, ...] = ()) -> str:
    """Return the code of the language of customer and assistant; empty if unsure.

    Args:
        content: in normal form.
        languages: the codes to choose from; empty means every language of the tables.
    """
    choices = tuple(sorted({base_language(language) for language in languages}))
    if len(choices) == 1:
        # With one language to choose from, it would be detected in any text.
        choices = ()
    text = _dialogue(content)
    if sum(map(str.isalpha, text)) < MIN_LETTERS:
        return ""
    return _classify(text, choices)


# An import needs the result twice in a row: to fill in a missing language, and to inspect.
@lru_cache(maxsize=8)
def _classify(text: str, languages: tuple[str, ...]) -> str:
    code, certainty = _identifier(languages).classify(text)
    return str(code) if certainty >= MIN_CERTAINTY else ""


@inspection
def inspect_language(inspected: Inspected) -> Iterator[InspectionFinding]:
    """Yield a finding if the language is not the project's, or not what the example states."""
    content, settings = inspected.content, inspected.settings
    stated = base_language(content.language)
    allowed = {base_language(language) for language in settings.languages}
    if stated and allowed and stated not in allowed:
        yield InspectionFinding(
            "language_unknown",
            Severity.WARNING,
            message(
                "inspections.language_unknown",
                language=content.language,
                languages=sorted(allowed)[:MAX_NAMED_LANGUAGES],
            ),
        )
        return
    # The stated language is compared only where detection can choose between the project's
    # languages.
    choices = (*allowed, stated) if allowed else ()
    detected = detect_language(content, choices) if stated else ""
    if detected and detected != stated:
        yield InspectionFinding(
            "language_mismatch",
            Severity.WARNING,
            message("inspections.language_mismatch", language=content.language, detected=detected),
        )


def _dialogue(content: Content) -> str:
    texts = [
        turn["content"][:MAX_LETTERS_PER_MESSAGE]
        for turn in content.messages
        if turn["role"] in {"user", "assistant"} and turn["content"]
    ]
    return " ".join(texts)[:MAX_LETTERS]
