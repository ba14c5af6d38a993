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
        """Return whether each word between two places of a text is one of a known name there."""
        if self._pattern is None:
            return False
        spans = [match.span() for match in self._pattern.finditer(text)]
        words = [match.span() for match in WORD.finditer(text, start, end)]
        return bool(words) and all(
            any(first <= begin and stop <= last for first, last in spans) for begin, stop in words
        )


@lru_cache(maxsize=16)
def known_names(names: tuple[str, ...]) -> KnownNames:
    """Return the search for these names; the examples of an import share it."""
    return KnownNames(names)
