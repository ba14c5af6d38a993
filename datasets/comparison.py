"""Two wordings of one example side by side: what changed, and how two edits are brought together.

Pure. A wording is a `Content`; an edit starts from a base that both people had in front of them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from datasets.chat import Content
from datasets.diffs import Change, Piece, align, word_diff
from datasets.messages import Message

LABELS = ("intent", "language", "tags", "policies")


class Side(StrEnum):
    """Whose wording is meant, of two people who edited the same example."""

    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True)
class MessageChange:
    """What became of one message: `same`, `added`, `removed` or `changed`."""

    change: str
    role: str
    earlier_role: str
    pieces: list[Piece]
    other_changes: bool


@dataclass(frozen=True)
class LabelChange:
    """A label with its value before and after, as words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class MergeRow:
    """One message as it stands in both wordings; None where a wording does not have it.

    `suggested` is the side that changed it alone; `both_changed` asks the person to look.
    `pieces` lead from theirs to mine.
    """

    mine: Message | None
    theirs: Message | None
    suggested: Side
    is_same: bool
    both_changed: bool
    pieces: list[Piece]


@dataclass(frozen=True)
class MergeLabel:
    """A label that differs between the wordings."""

    name: str
    mine: str
    theirs: str
    suggested: Side


def message_changes(before: Sequence[Message], after: Sequence[Message]) -> list[MessageChange]:
    """Return every message of both wordings in reading order with its word diff."""
    return [
        _message_change(
            None if pair.before is None else before[pair.before],
            None if pair.after is None else after[pair.after],
        )
        for pair in align(before, after, key=_key)
    ]


def label_changes(before: Content, after: Content) -> list[LabelChange]:
    """Return the labels that differ."""
    pairs = ((name, label_words(before, name), label_words(after, name)) for name in LABELS)
    return [LabelChange(name, old, new) for name, old, new in pairs if old != new]


def label_words(content: Content, name: str) -> str:
    """Return a label as words: a list is joined with commas."""
    value = getattr(content, name)
    return value if isinstance(value, str) else ", ".join(value)


def merge_rows(
    base: Sequence[Message], mine: Sequence[Message], theirs: Sequence[Message]
) -> list[MergeRow]:
    """Return the messages of two edits of `base` side by side, with whose change each one is."""
    known = {_key(message) for message in base}
    return [
        _merge_row(
            None if pair.after is None else mine[pair.after],
            None if pair.before is None else theirs[pair.before],
            known,
        )
        for pair in align(theirs, mine, key=_key)
    ]


def merge_labels(base: Content, mine: Content, theirs: Content) -> list[MergeLabel]:
    """Return the labels that differ between two edits of `base`."""
    return [
        MergeLabel(
            name=change.name,
            mine=change.after,
            theirs=change.before,
            suggested=Side.THEIRS if change.after == label_words(base, change.name) else Side.MINE,
        )
        for change in label_changes(theirs, mine)
    ]


def text_of(message: Message | None) -> str:
    """Return what a message says in words; a call of tools without words is empty."""
    return str(message["content"] or "") if message else ""


def extras_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything a message holds besides its role and its words."""
    return {name: value for name, value in message.items() if name not in {"role", "content"}}


def _key(message: Message) -> str:
    return json.dumps(message, sort_keys=True)


def _message_change(before: Message | None, after: Message | None) -> MessageChange:
    shown = after or before or {}
    if before is None or after is None:
        change = str(Change.ADDED if before is None else Change.REMOVED)
    else:
        change = str(Change.SAME) if _key(before) == _key(after) else "changed"
    return MessageChange(
        change=change,
        role=shown["role"],
        earlier_role=before["role"] if before and before["role"] != shown["role"] else "",
        pieces=word_diff(text_of(before), text_of(after)),
        other_changes=bool(before and after) and extras_of(before or {}) != extras_of(after or {}),
    )


def _merge_row(mine: Message | None, theirs: Message | None, known: set[str]) -> MergeRow:
    # A message that is in the base is as it was; one that is not there was added or changed.
    mine_is_old = mine is not None and _key(mine) in known
    theirs_is_old = theirs is not None and _key(theirs) in known
    if mine is None:
        suggested, both = (Side.MINE if theirs_is_old else Side.THEIRS), False
    elif theirs is None:
        suggested, both = (Side.THEIRS if mine_is_old else Side.MINE), False
    else:
        suggested = Side.THEIRS if mine_is_old else Side.MINE
        both = not mine_is_old and not theirs_is_old and _key(mine) != _key(theirs)
    return MergeRow(
        mine=mine,
        theirs=theirs,
        suggested=suggested,
        is_same=mine is not None and theirs is not None and _key(mine) == _key(theirs),
        both_changed=both,
        pieces=word_diff(text_of(theirs), text_of(mine)),
    )
