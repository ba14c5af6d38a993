"""The names and addresses of a project that are no personal data, found in a text. Pure."""

import re
from bisect import bisect
from collections.abc import Iterable
from functools import lru_cache
from operator import itemgetter

from datasets.inspections.names.places import WORD


class KnownNames:
    """Finds known names as whole words, in any case and with any space between their words."""

    def __init__(self, names: Iterable[str]) -> None:
        """Prepare the search; false if there are none."""
        # Of two names that begin alike, the longer one is in the text.
        ordered = sorted({name for name in names if name.split()}, key=len, reverse=True)
        parts = (r"\s+".join(map(re.escape, name.split())) for name in ordered)
        pattern = "|".join(parts)
        self._pattern = (
            re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE) if pattern else None
        )

    def __bool__(self) -> bool:
        return self._pattern is not None

    def places_in(self, text: str) -> "KnownPlaces":
        """Return where the known names are in a text."""
        found = self._pattern.finditer(text) if self._pattern else ()
        return KnownPlaces(text, [match.span() for match in found])


class KnownPlaces:
    """The known names of one text, by their places."""

    def __init__(self, text: str, spans: list[tuple[int, int]]) -> None:
        self._text = text
        # Sorted, and none overlaps another.
        self._spans = spans

    def cover(self, start: int, end: int) -> bool:
        """Return whether what is between two places is a known name.

        A model may take the common noun behind a name for a part of it: “the Greta Lind armchair”.
        So words without capitals do not count beside a known name that has some.
        """
        if not self._spans:
            return False
        known: list[str] = []
        others: list[str] = []
        for word in WORD.finditer(self._text, start, end):
            (known if self._has(*word.span()) else others).append(word[0])
        has_capitals = any(not word.islower() for word in known)
        return bool(known) and all(has_capitals and word.islower() for word in others)

    def _has(self, start: int, end: int) -> bool:
        at = bisect(self._spans, start, key=itemgetter(0)) - 1
        return at >= 0 and end <= self._spans[at][1]


@lru_cache(maxsize=16)
def known_names(names: tuple[str, ...]) -> KnownNames:
    """Return the search for these names; the examples of an import share it."""
    return KnownNames(names)


# The findings of one example are looked at one after the other.
@lru_cache(maxsize=4)
def known_places(names: tuple[str, ...], text: str) -> KnownPlaces:
    """Return where these names are in a text."""
    return known_names(names).places_in(text)
