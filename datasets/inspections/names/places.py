"""Names of people and postal addresses, put together from the pieces that a model marked."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

NAME_KINDS: Final = frozenset({"GIVEN_NAME", "SURNAME"})
ADDRESS_KINDS: Final = frozenset(
    {"STREET_NAME", "BUILDING_NUMBER", "SECONDARY_ADDRESS", "CITY", "STATE", "ZIP_CODE"}
)
# What may be between two parts of a name, and of an address.
IN_NAME: Final = re.compile(r"[ \u00a0]{1,2}|['\u2019-]")
IN_ADDRESS: Final = re.compile(r"[ \u00a0/-]{0,2}|,?\s{1,2}|\.\ ?")
# Behind an initial.
POINTS: Final = frozenset({".", ". "})
WORD: Final = re.compile(r"[^\W_]+")
MIN_CERTAINTY, MIN_LOWER_CASE_CERTAINTY = 0.5, 0.75
MIN_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a text with the kind that a model gives it, such as SURNAME."""

    kind: str
    start: int
    end: int
    certainty: float


@dataclass(frozen=True)
class Place:
    """A name or an address in a text."""

    kind: str
    start: int
    end: int


@dataclass
class _Word:
    kinds: set[str]
    start: int
    end: int
    certainty: float


def places_in(text: str, marks: Iterable[Mark], known: Collection[str] = ()) -> list[Place]:
    """Return the names and addresses in a text.

    Args:
        marks: in their order.
        known: words in lower case that are no names of people, such as those of the shop.
    """
    words = _words(text, marks)
    names = (_name(text, run, known) for run in _runs(text, words, NAME_KINDS, IN_NAME))
    addresses = (_address(run) for run in _runs(text, words, ADDRESS_KINDS, IN_ADDRESS))
    return [place for place in (*names, *addresses) if place]


def _words(text: str, marks: Iterable[Mark]) -> list[_Word]:
    """Return whole words: a model may mark only some pieces of one."""
    words: list[_Word] = []
    spans = [match.span() for match in WORD.finditer(text)]
    at = 0
    for mark in marks:
        while at < len(spans) and spans[at][1] <= mark.start:
            at += 1
        if at == len(spans) or spans[at][0] >= mark.end:
            continue
        start, end = spans[at]
        if words and words[-1].start == start:
            words[-1].kinds.add(mark.kind)
            words[-1].certainty = max(words[-1].certainty, mark.certainty)
        else:
            words.append(_Word({mark.kind}, start, end, mark.certainty))
    return words


def _runs(
    text: str, words: Iterable[_Word], kinds: frozenset[str], between: re.Pattern[str]
) -> list[list[_Word]]:
    """Return the words of these kinds, neighbours in one list."""
    runs: list[list[_Word]] = []
    for word in words:
        if word.kinds.isdisjoint(kinds):
            continue
        last = runs[-1][-1] if runs else None
        gap = text[last.end : word.start] if last else ""
        is_initial = last is not None and last.end - last.start == 1 and gap in POINTS
        if last and (is_initial or between.fullmatch(gap)):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _name(text: str, run: list[_Word], known: Collection[str]) -> Place | None:
    """Return the name in a run without uncertain words at its ends; None if none is left."""
    certain = [at for at, word in enumerate(run) if _is_certain(text, word)]
    if not certain:
        return None
    run = run[certain[0] : certain[-1] + 1]
    shown = [text[word.start : word.end] for word in run]
    if all(word.casefold() in known for word in shown) or len("".join(shown)) < MIN_LETTERS:
        return None
    return Place("name", run[0].start, run[-1].end)


def _is_certain(text: str, word: _Word) -> bool:
    """Return whether a word is a name by itself; the model does not see capital letters."""
    is_lower = text[word.start : word.end].islower()
    return word.certainty >= (MIN_LOWER_CASE_CERTAINTY if is_lower else MIN_CERTAINTY)


def _address(run: list[_Word]) -> Place | None:
    """Return the address of a run; None for a lone city, number or street."""
    kinds = set().union(*(word.kinds for word in run))
    has_street = "STREET_NAME" in kinds and kinds & {"BUILDING_NUMBER", "ZIP_CODE", "CITY"}
    if not has_street and not kinds >= {"ZIP_CODE", "CITY"}:
        return None
    return Place("address", run[0].start, run[-1].end)
