"""Addresses and names of people in the form in which they are stored and compared."""

import unicodedata

from django.utils.translation import gettext, gettext_lazy

from reviewapp.core import formats

# Scripts with letters that look alike; a word of a name has letters of at most one of them.
CONFUSABLE_SCRIPTS = {
    "LATIN": gettext_lazy("Latin"),
    "CYRILLIC": gettext_lazy("Cyrillic"),
    "GREEK": gettext_lazy("Greek"),
    "ARMENIAN": gettext_lazy("Armenian"),
    "CHEROKEE": gettext_lazy("Cherokee"),
    "COPTIC": gettext_lazy("Coptic"),
}
# Categories of characters that a name has no use for: controls, invisible and bidirectional format
# characters, surrogates, private use, unassigned, line and paragraph separators.
FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Persian and Indic names are written with these two.
JOINERS = frozenset({"\u200c", "\u200d"})


def normalized_email(text: str) -> str:
    """Return an email address as it is stored: NFC, without outer white space, in lower case."""
    return unicodedata.normalize("NFC", text).strip().lower()


def normalized_name(text: str) -> str:
    """Return a person's name as it is stored: NFC, one space between words, none outside."""
    words = unicodedata.normalize("NFC", text).split(" ")
    return " ".join(word for word in words if word).strip()


def invalid_name_reason(name: str) -> str:
    """Return why this cannot be a person's name, as a sentence; empty if it is valid.

    Characters that are invisible or reorder others are invalid, and so are words with letters of
    two scripts that look alike, such as a Latin name with a Cyrillic “а”.
    """
    for character in name:
        if unicodedata.category(character) in FORBIDDEN_CATEGORIES and not _joins(character, name):
            return gettext(
                "The name has an invisible character (%(code)s). "
                "Type the name again instead of pasting it."
            ) % {"code": f"U+{ord(character):04X}"}
    for word in name.split():
        scripts = sorted(_scripts_of(word))
        if len(scripts) > 1:
            return gettext(
                "“%(word)s” mixes alphabets that look alike (%(alphabets)s). Type it in only one."
            ) % {
                "word": word,
                "alphabets": formats.listed([CONFUSABLE_SCRIPTS[script] for script in scripts]),
            }
    return ""


def _joins(character: str, name: str) -> bool:
    """Return whether this is a joiner in a name in other scripts, where it has a meaning."""
    return character in JOINERS and not any(_scripts_of(word) for word in name.split())


def _scripts_of(word: str) -> set[str]:
    firsts = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    return firsts & CONFUSABLE_SCRIPTS.keys()
