"""Comparison of two versions of one example, and the merge of two edits. Pure.

A version is a `Content`. Both edits begin from the same base.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from datasets.conversations.chat import Content
from datasets.conversations.diffs import Change, Pair, Piece, align, word_diff
from datasets.conversations.messages import Message
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

LABELS = ("intent", "language", "tags", "policies")


class Side(StrEnum):
    """One of two edits of the same example: the user's own, or the one that was saved meanwhile."""

    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True)
class MessageChange:
    """What happened to one message: `same`, `added`, `removed` or `changed`."""

    change: str
    role: str
    earlier_role: str
    pieces: list[Piece]
    other_changes: bool


@dataclass(frozen=True)
class LabelChange:
    """A label with its values before and after, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class MergeRow:
    """One message in both edits; None where an edit does not have it.

    `mine_index` and `their_index` are its positions from 0. `suggested` is the side that alone
    changed it; `both_changed` is set where the user has to choose. `pieces` lead from theirs to
    mine.
    """

    mine: Message | None
    theirs: Message | None
    mine_index: int | None
    their_index: int | None
    suggested: Side
    is_same: bool
    both_changed: bool
    pieces: list[Piece]


@dataclass(frozen=True)
class Choice:
    """The side that the user chose for a row; a position of None leaves the message out."""

    side: Side
    mine_index: int | None
    their_index: int | None


@dataclass(frozen=True)
class MergeLabel:
    """A label that differs between the two edits."""

    name: str
    mine: str
    theirs: str
    suggested: Side


def message_changes(before: Sequence[Message], after: Sequence[Message]) -> list[MessageChange]:
    """Return every message of both versions in reading order with its word diff."""
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
    """Return a label as text: a list is joined with commas."""
    value = getattr(content, name)
    return value if isinstance(value, str) else ", ".join(value)


def merge_rows(
    base: Sequence[Message], mine: Sequence[Message], theirs: Sequence[Message]
) -> list[MergeRow]:
    """Return the messages of two edits of `base` side by side, and which side changed each."""
    base_keys = {_key(original) for original in base}
    return [_merge_row(pair, mine, theirs, base_keys) for pair in align(theirs, mine, key=_key)]


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


def merge(
    mine: Content, theirs: Content, *, choices: Sequence[Choice], their_labels: Iterable[str]
) -> Content:
    """Return the content made of the side that was chosen for each message and label.

    The tools are theirs, that is, those of the current revision: the editor does not change tools.

    Raises:
        InvalidInput: no message is left, or a choice names one that does not exist.
    """
    messages = []
    for choice in choices:
        at = choice.mine_index if choice.side == Side.MINE else choice.their_index
        source = (mine if choice.side == Side.MINE else theirs).messages
        if at is not None and at >= len(source):
            raise InvalidInput(message("conversations.incomplete_merge"))
        if at is not None:
            messages.append(source[at])
    if not messages:
        raise InvalidInput(message("conversations.empty_merge"))
    labels = {name: getattr(theirs, name) for name in LABELS if name in set(their_labels)}
    return replace(
        mine,
        messages=messages,
        tools=theirs.tools,
        parallel_tool_calls=theirs.parallel_tool_calls,
        **labels,
    )


def text_of(turn: Message | None) -> str:
    """Return the text of a message; empty for a tool call without text."""
    return str(turn["content"] or "") if turn else ""


def extras_of(turn: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a message other than role and text."""
    return {name: value for name, value in turn.items() if name not in {"role", "content"}}


def _key(turn: Message) -> str:
    return json.dumps(turn, sort_keys=True)


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


def _merge_row(
    pair: Pair, mine: Sequence[Message], theirs: Sequence[Message], base_keys: set[str]
) -> MergeRow:
    my_message = None if pair.after is None else mine[pair.after]
    their_message = None if pair.before is None else theirs[pair.before]
    # An edit that has a message of the base did not change it; the others are new or changed.
    mine_unchanged = my_message is not None and _key(my_message) in base_keys
    theirs_unchanged = their_message is not None and _key(their_message) in base_keys
    has_both = my_message is not None and their_message is not None
    is_same = my_message == their_message
    if my_message is None:
        suggested = Side.MINE if theirs_unchanged else Side.THEIRS
    else:
        suggested = Side.THEIRS if mine_unchanged else Side.MINE
    return MergeRow(
        mine=my_message,
        theirs=their_message,
        mine_index=pair.after,
        their_index=pair.before,
        suggested=suggested,
        is_same=is_same,
        both_changed=has_both and not (is_same or mine_unchanged or theirs_unchanged),
        pieces=word_diff(text_of(their_message), text_of(my_message)),
    )
