"""The names and addresses of a project that are no personal data, found in a text. Pure."""

import re
from collections.abc import Iterable
from functools import lru_cache

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

    def covers(self, text: str, start: int, end: int) -> bool:
        """Return whether what is between two places of a text is a known name.

        A model may take the common noun behind a name for a part of it: “the Greta Lind armchair”.
        So words without capitals do not count beside a known name that has some.
        """
        if self._pattern is None:
            return False
        spans = [match.span() for match in self._pattern.finditer(text)]
        known: list[str] = []
        others: list[str] = []
        for word in WORD.finditer(text, start, end):
            is_known = any(first <= word.start() and word.end() <= last for first, last in spans)
            (known if is_known else others).append(word[0])
        has_capitals = any(not word.islower() for word in known)
        return bool(known) and all(has_capitals and word.islower() for word in others)


@lru_cache(maxsize=16)
def known_names(names: tuple[str, ...]) -> KnownNames:
    """Return the search for these names; the examples of an import share it."""
    return KnownNames(names)
