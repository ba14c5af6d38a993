"""Which conversations a project has already, so that their rows need no inspection. Pure."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Container, Iterable

Known = Callable[[Collection[str]], Container[str]]
"""Returns those of some content hashes that are known."""
PREFIX = 15
"""Hexadecimal digits of a hash that are kept: what they let through by chance is compared again."""


def nothing_known(_hashes: Collection[str]) -> Container[str]:
    """Return no hash: the rows of a new project."""
    return frozenset()


class KnownHashes:
    """Content hashes in 8 bytes each, which helper processes get when they start."""

    def __init__(self, hashes: Iterable[str]) -> None:
        """Keep them."""
        self._sorted = array("Q", sorted(int(content_hash[:PREFIX], 16) for content_hash in hashes))

    def __call__(self, hashes: Collection[str]) -> frozenset[str]:
        """Return the known ones of these hashes."""
        return frozenset(known for known in hashes if self._has(int(known[:PREFIX], 16)))

    def _has(self, number: int) -> bool:
        at = bisect_left(self._sorted, number)
        return at < len(self._sorted) and self._sorted[at] == number
