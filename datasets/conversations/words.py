"""The words of a text as the search indexes them, and the place of a hit. Pure.

Upper and lower case and accents do not matter: "mochte" finds "möchte". A symbol, such as an emoji,
is a word of its own, and so is each character of a script that is written without spaces.
"""

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from datasets.conversations.diffs import Change, Piece

MAX_INDEXED_CHARACTERS = 100_000
"""How much of a conversation is searched: PostgreSQL limits a text vector to 1 MB."""
MAX_TERMS = 12
SHOWN_BEFORE, SHOWN_AFTER = 25, 100

# The configurations that PostgreSQL ships, by the language of an example.
CONFIGS: Final[Mapping[str, str]] = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
# Thai, kana and Chinese characters; words are not separated there.
_UNSPACED = r"\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# Punctuation of ASCII, which is no word, is left out here: it is most of what would be looked at.
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W_{_UNSPACED}]+|[^\w\s!-#%-/:-@\[-`{{-~]")
_ASCII_WORD = re.compile(r"[a-z0-9]+|\$")
_DOLLAR: Final = "u24"
_MARKS = re.compile(
    r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f]"
)
# Phones and word processors type such quotes instead of straight ones.
_QUOTES = '"“”„«»'
_PHRASE = re.compile(rf"[{_QUOTES}]([^{_QUOTES}]*)[{_QUOTES}]|([^\s{_QUOTES}]+)")


@dataclass(frozen=True)
class Term:
    """What must be found: a word, or several in this order; the last may be cut short."""

    words: tuple[str, ...]
    is_exact: bool = False


@dataclass(frozen=True)
class Sought:
    """What a search marks in a text: a word with its stems, or the words of a phrase.

    Attributes:
        stems: beginnings by which a single word is found too.
        without_meaning_in: the languages in which it is a word such as "the".
    """

    words: tuple[str, ...]
    stems: tuple[str, ...] = ()
    is_exact: bool = False
    without_meaning_in: frozenset[str] = frozenset()

    def is_at(self, words: Sequence[str]) -> bool:
        """Return whether these words of a text, as many as it has, are what is sought."""
        *first, last = self.words
        if list(words[:-1]) != first or len(words) != len(self.words):
            return False
        return words[-1] == last if self.is_exact else words[-1].startswith((last, *self.stems))


@dataclass(frozen=True)
class _Hit:
    """A place of a text with what is sought, by its number."""

    start: int
    end: int
    number: int


def fold(text: str) -> str:
    """Return a text without upper case, accents and marks."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def words_of(text: str) -> list[str]:
    """Return the folded words of a text in their order."""
    folded = fold(text)
    if folded.isascii():
        words: list[str] = _ASCII_WORD.findall(folded)
        return [_DOLLAR if word == "$" else word for word in words] if "$" in folded else words
    # Longer ones are words; looking at each takes most of the time.
    return [
        word
        for found in _WORD.findall(folded)
        if (word := found if len(found) > 1 else _word(found))
    ]


def _word(found: str) -> str:
    """Return the word that is indexed for a match; empty for punctuation, which is not."""
    if found[0].isalnum() or len(found) > 1:
        return found
    # Currencies, arrows and emoji are found.
    is_symbol = not found.isascii() and unicodedata.category(found) in {"So", "Sc", "Sm"}
    return f"u{ord(found):x}" if is_symbol or found == "$" else ""


def _places(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and folded form of each word."""
    for match in _WORD.finditer(text):
        found = match[0]
        word = fold(found) if found[0].isalnum() else _word(found)
        if word:
            yield match.start(), match.end(), word


def indexed_words(messages: Iterable[Mapping[str, Any]], *more: str) -> str:
    """Return the words of messages and of further texts, separated by spaces."""
    texts = [*more, *(message.get("content") or "" for message in messages)]
    text = "\n".join(str(text) for text in texts)[:MAX_INDEXED_CHARACTERS]
    return " ".join(words_of(text))


def base_language(code: str) -> str:
    """Return the language of a code with a region: "de" for "de-AT"."""
    return code.partition("-")[0].lower()


def terms_of(query: str) -> list[Term]:
    """Return the terms of a query: words, and phrases in quotes or joined by punctuation."""
    found = []
    for quoted, plain in _PHRASE.findall(query):
        term = Term(tuple(words_of(quoted or plain)), is_exact=bool(quoted))
        if term.words and term not in found:
            found.append(term)
    return found[:MAX_TERMS]


def snippet(
    messages: Sequence[Mapping[str, Any]], sought: Sequence[Sought]
) -> tuple[str, list[Piece]]:
    """Return the role of the message where the rarest word is with most others, and the text there.

    Hits are marked as added. Rare is what the conversation has least often; of equally good places
    it is the first.

    Returns:
        An empty role and no pieces if no message has a hit.
    """
    found = [(message, _hits(str(message.get("content") or ""), sought)) for message in messages]
    weights = _weights(Counter(hit.number for _, hits in found for hit in hits))
    best, shown = 0, ("", list[Piece]())
    for message, hits in found:
        weight, first = _best_place(hits, weights)
        if weight > best:
            role, text = str(message.get("role", "")), str(message.get("content") or "")
            best, shown = weight, (role, _marked(text, hits[first:]))
    return shown


def _hits(text: str, sought: Sequence[Sought]) -> list[_Hit]:
    begins = tuple(begin for part in sought for begin in (part.words[0], *part.stems))
    places = list(_places(text)) if begins else []
    hits = []
    for at, (start, _, word) in enumerate(places):
        if not word.startswith(begins):
            continue
        for number, part in enumerate(sought):
            run = places[at : at + len(part.words)]
            if part.is_at([word for _, _, word in run]):
                hits.append(_Hit(start, run[-1][1], number))
    return hits


def _weights(counts: Mapping[int, int]) -> dict[int, int]:
    """Return a weight for each number: a rarer one outweighs all more frequent ones together."""
    ranks = sorted(set(counts.values()), reverse=True)
    return {number: (len(counts) + 1) ** ranks.index(count) for number, count in counts.items()}


def _best_place(hits: Sequence[_Hit], weights: Mapping[int, int]) -> tuple[int, int]:
    """Return the greatest weight that one snippet can show, and the number of its first hit."""
    best, ends = (0, 0), [hit.end for hit in hits]
    for first, end in enumerate(ends):
        stop = bisect_right(ends, end + SHOWN_AFTER)
        weight = sum(weights[number] for number in {hit.number for hit in hits[first:stop]})
        if weight > best[0]:
            best = (weight, first)
    return best


def _marked(text: str, hits: Sequence[_Hit]) -> list[Piece]:
    begin, stop = max(0, hits[0].start - SHOWN_BEFORE), hits[0].end + SHOWN_AFTER
    pieces, at = [Piece(Change.SAME, "…")] if begin else [], begin
    for hit in hits:
        if hit.end > stop:
            break
        # Two of the words may be found at the same place.
        if hit.start >= at:
            pieces.append(Piece(Change.SAME, text[at : hit.start]))
            pieces.append(Piece(Change.ADDED, text[hit.start : hit.end]))
            at = hit.end
    pieces.append(Piece(Change.SAME, text[at:stop] + ("…" if stop < len(text) else "")))
    return [piece for piece in pieces if piece.text]
