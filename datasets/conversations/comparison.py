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

LABELS = ("intent", "language", "tags", "policies")


class Side(StrEnum):
    """Which of two edits of the same example is meant."""

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
    known = {_key(message) for message in base}
    return [_merge_row(pair, mine, theirs, known) for pair in align(theirs, mine, key=_key)]


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
            raise InvalidInput("Part of this page did not arrive. Go back and send it again.")
        if at is not None:
            messages.append(source[at])
    if not messages:
        raise InvalidInput("Nothing is left of the conversation. Choose at least one message.")
    labels = {name: getattr(theirs, name) for name in LABELS if name in set(their_labels)}
    return replace(
        mine,
        messages=messages,
        tools=theirs.tools,
        parallel_tool_calls=theirs.parallel_tool_calls,
        **labels,
    )


def text_of(message: Message | None) -> str:
    """Return the text of a message; empty for a call of tools without text."""
    return str(message["content"] or "") if message else ""


def extras_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a message other than role and text."""
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


def _merge_row(
    pair: Pair, mine: Sequence[Message], theirs: Sequence[Message], known: set[str]
) -> MergeRow:
    my = None if pair.after is None else mine[pair.after]
    their = None if pair.before is None else theirs[pair.before]
    # A message of the base that is still there is unchanged; any other was added or changed.
    my_is_old = my is not None and _key(my) in known
    their_is_old = their is not None and _key(their) in known
    is_same = my is not None and their is not None and _key(my) == _key(their)
    if my is None:
        suggested = Side.MINE if their_is_old else Side.THEIRS
    else:
        suggested = Side.THEIRS if my_is_old else Side.MINE
    return MergeRow(
        mine=my,
        theirs=their,
        mine_index=pair.after,
        their_index=pair.before,
        suggested=suggested,
        is_same=is_same,
        both_changed=None not in (my, their) and not (is_same or my_is_old or their_is_old),
        pieces=word_diff(text_of(their), text_of(my)),
    )
