"""The place of a marked passage in a later revision. Pure.

A passage keeps its mark as long as its words are unchanged, as the dismissal of a finding does.
When they changed, the mark is on the message; when that was removed, on the whole example.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from datasets.conversations.diffs import Change, align, word_diff

MIN_SIMILARITY: Final = 0.3
"""A message with less in common with the earlier one, from 0 to 1, is another message."""

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """A place in a conversation: a passage, a message, or (all None) the whole of it."""

    message_index: int | None = None
    start: int | None = None
    end: int | None = None

    @property
    def is_passage(self) -> bool:
        """Whether it is a part of a message."""
        return self.start is not None


def text_at(messages: Messages, index: int) -> str:
    """Return the text of a message; empty if it has none."""
    return str(messages[index].get("content") or "")


def quoted(messages: Messages, place: Place) -> str:
    """Return the marked passage; empty for a message or the whole conversation."""
    if place.message_index is None or place.start is None:
        return ""
    return text_at(messages, place.message_index)[place.start : place.end]


def moved(before: Messages, after: Messages, place: Place) -> Place:
    """Return where a place of `before` is in `after`."""
    if place.message_index is None:
        return place
    index = _new_index(before, after, place.message_index)
    if index is None:
        return Place()
    if place.start is None or place.end is None:
        return Place(index)
    old, new = text_at(before, place.message_index), text_at(after, index)
    start = _new_start(old, new, place.start, place.end)
    return Place(index) if start is None else Place(index, start, start + place.end - place.start)


def find_passage(text: str, quote: str, near: int) -> int | None:
    """Return the start of a quote in a text, of several the nearest to `near`; None without any."""
    starts = []
    at = text.find(quote)
    while at >= 0:
        starts.append(at)
        at = text.find(quote, at + 1)
    return min(starts, key=lambda start: abs(start - near), default=None)


def _new_index(before: Messages, after: Messages, index: int) -> int | None:
    """Return the position of the same message; None if it was removed."""
    keys = [_key(message) for message in after]
    same = {
        pair.before: pair.after
        for pair in align(before, after, key=_key)
        if pair.before is not None
        and pair.after is not None
        and _key(before[pair.before]) == keys[pair.after]
    }
    if index in same:
        return same[index]
    taken, role = set(same.values()), before[index].get("role")
    free = [at for at in range(len(after)) if at not in taken and after[at].get("role") == role]
    text = text_at(before, index)
    likeness = {at: _similarity(text, text_at(after, at)) for at in free}
    best = max(free, key=lambda at: (likeness[at], -abs(at - index)), default=None)
    return best if best is not None and likeness[best] >= MIN_SIMILARITY else None


def _new_start(old: str, new: str, start: int, end: int) -> int | None:
    """Return where a passage begins in the new text; None if its words were changed."""
    if old[start:end] == new[start:end] and old[:start] == new[:start]:
        return start
    old_at = new_at = 0
    for piece in word_diff(old, new):
        length = len(piece.text)
        is_inside = old_at <= start and end <= old_at + length
        if piece.change == Change.SAME and is_inside:
            return new_at + start - old_at
        old_at += 0 if piece.change == Change.ADDED else length
        new_at += 0 if piece.change == Change.REMOVED else length
    # Moved as a whole: only where it cannot be confused with the same words elsewhere.
    quote = old[start:end]
    is_unique = old.count(quote) == 1 and new.count(quote) == 1
    return new.find(quote) if is_unique else None


def _similarity(before: str, after: str) -> float:
    # Short commands load this module and compare nothing.
    from rapidfuzz.distance import Indel  # noqa: PLC0415

    return float(Indel.normalized_similarity(before, after))


def _key(message: Mapping[str, Any]) -> str:
    return json.dumps(message, sort_keys=True)
