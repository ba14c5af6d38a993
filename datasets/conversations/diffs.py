"""Word diffs of two texts, and the alignment of messages before and after an edit. Pure."""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rapidfuzz.distance import Opcodes

WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Item = TypeVar("Item")


class Change(StrEnum):
    """What happened to a piece of text or to a message."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True)
class Piece:
    """Adjacent words with the same change, as they were written."""

    change: Change
    text: str


@dataclass(frozen=True)
class Pair:
    """The positions of a message before and after; None where it does not exist."""

    before: int | None
    after: int | None


def word_diff(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts in reading order, removed ones before added ones.

    The pieces that are not added give `before`, those that are not removed give `after`.
    """
    old, new = WORDS.findall(before), WORDS.findall(after)
    pieces: list[Piece] = []
    for step in _opcodes(old, new):
        removed = "".join(old[step.src_start : step.src_end])
        added = "".join(new[step.dest_start : step.dest_end])
        if step.tag == "equal":
            pieces.append(Piece(Change.SAME, removed))
            continue
        if removed:
            pieces.append(Piece(Change.REMOVED, removed))
        if added:
            pieces.append(Piece(Change.ADDED, added))
    return _removed_first(pieces)


def _opcodes(old: Sequence[Hashable], new: Sequence[Hashable]) -> "Opcodes":
    # Short commands load this module and compare nothing.
    from rapidfuzz.distance import Indel  # noqa: PLC0415

    return Indel.opcodes(old, new)


def align(
    before: Sequence[Item], after: Sequence[Item], *, key: Callable[[Item], Hashable]
) -> list[Pair]:
    """Return pairs of items before and after: equal ones by `key`, those between them in order."""
    old, new = [key(item) for item in before], [key(item) for item in after]
    pairs: list[Pair] = []
    removed: list[int] = []
    added: list[int] = []
    for step in _opcodes(old, new):
        if step.tag == "equal":
            pairs += _matched(removed, added)
            removed, added = [], []
            shift = step.dest_start - step.src_start
            pairs += [Pair(at, at + shift) for at in range(step.src_start, step.src_end)]
        else:
            removed += range(step.src_start, step.src_end)
            added += range(step.dest_start, step.dest_end)
    return pairs + _matched(removed, added)


def _matched(removed: list[int], added: list[int]) -> list[Pair]:
    return [Pair(before, after) for before, after in zip_longest(removed, added)]


def _removed_first(pieces: list[Piece]) -> list[Piece]:
    """Join the changes between two equal pieces into one removed and one added piece.

    Unchanged white space between two changed words is joined with them: that is easier to read.
    """
    joined: list[Piece] = []
    removed, added = "", ""
    for at, piece in enumerate(pieces):
        is_gap = piece.change == Change.SAME and piece.text.isspace() and 0 < at < len(pieces) - 1
        if piece.change == Change.SAME and not (is_gap and (removed or added)):
            joined += _both(removed, added)
            removed, added = "", ""
            joined.append(piece)
            continue
        removed += "" if piece.change == Change.ADDED else piece.text
        added += "" if piece.change == Change.REMOVED else piece.text
    return joined + _both(removed, added)


def _both(removed: str, added: str) -> list[Piece]:
    pieces = [Piece(Change.REMOVED, removed), Piece(Change.ADDED, added)]
    return [piece for piece in pieces if piece.text]
