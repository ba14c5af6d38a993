"""Addresses and names of people in the form in which they are stored and compared."""

import unicodedata

# Words of a name may mix these scripts as they like; a look-alike needs two of the others.
CONFUSABLE_SCRIPTS = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC"})
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
    """Return why this cannot be a person's name, as a sentence; empty if it can.

    Refused are characters that cannot be seen or that reorder others, and words with letters of two
    alphabets that look alike, such as a Latin name with a Cyrillic “а”.
    """
    for character in name:
        if unicodedata.category(character) in FORBIDDEN_CATEGORIES and not _joins(character, name):
            return (
                f"The name holds a character that cannot be seen (U+{ord(character):04X}). "
                "Type the name again instead of pasting it."
            )
    for word in name.split():
        alphabets = sorted(_alphabets_of(word))
        if len(alphabets) > 1:
            mixed = " and ".join(each.capitalize() for each in alphabets)
            return f"“{word}” mixes {mixed} letters that look alike. Type it in one alphabet."
    return ""


def _joins(character: str, name: str) -> bool:
    """Whether a joiner stands in a name without Latin letters, where it has a meaning."""
    return character in JOINERS and not any(_alphabets_of(word) for word in name.split())


def _alphabets_of(word: str) -> set[str]:
    firsts = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    return firsts & CONFUSABLE_SCRIPTS
