"""The pieces of words that an uncased BERT model reads, with their places in the text."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MAX_WORD_LENGTH: Final = 100
UNKNOWN: Final = "[UNK]"
CONTINUES: Final = "##"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a word: its number in the vocabulary, and where it is in the text."""

    number: int
    start: int
    end: int


def pieces_of(text: str, vocabulary: Mapping[str, int]) -> list[Piece]:
    """Return the pieces of all words of a text; a word without pieces is one unknown piece."""
    return [piece for word in _words(text) for piece in _pieces(word, vocabulary)]


# The letters of a word as the vocabulary has them, each with the place of the one it comes from.
_Word = list[tuple[str, int]]


def _words(text: str) -> Iterator[_Word]:
    """Yield words and signs without case and accents."""
    word: _Word = []
    for at, letter in enumerate(text):
        category = unicodedata.category(letter)
        if letter.isspace() or category in {"Cc", "Cf"}:
            if word and letter.isspace():
                yield word
                word = []
        elif _stands_alone(letter, category):
            if word:
                yield word
                word = []
            yield [(letter, at)]
        else:
            word += [
                (part, at)
                for part in unicodedata.normalize("NFD", letter.lower())
                if unicodedata.category(part) != "Mn"
            ]
    if word:
        yield word


def _stands_alone(letter: str, category: str) -> bool:
    """Return whether a letter is a word by itself: punctuation, ASCII signs, Chinese."""
    is_ascii_sign = "!" <= letter <= "~" and not letter.isalnum()
    return is_ascii_sign or category.startswith("P") or "\u3400" <= letter <= "\u9fff"


def _pieces(word: _Word, vocabulary: Mapping[str, int]) -> list[Piece]:
    """Return the longest pieces from left to right, as the model was trained."""
    letters = "".join(letter for letter, _ in word)
    unknown = [Piece(vocabulary[UNKNOWN], word[0][1], word[-1][1] + 1)]
    if len(letters) > MAX_WORD_LENGTH:
        return unknown
    found: list[Piece] = []
    at = 0
    while at < len(letters):
        end = len(letters)
        prefix = CONTINUES if at else ""
        while end > at and prefix + letters[at:end] not in vocabulary:
            end -= 1
        if end == at:
            return unknown
        number = vocabulary[prefix + letters[at:end]]
        found.append(Piece(number, word[at][1], word[end - 1][1] + 1))
        at = end
    return found
