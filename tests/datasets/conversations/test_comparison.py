"""Comparison of two versions of an example, and the merge of two edits."""

from typing import Any

from datasets.conversations.chat import Content
from datasets.conversations.comparison import (
    LabelChange,
    MergeLabel,
    Side,
    label_changes,
    merge_labels,
    merge_rows,
    message_changes,
)

SYSTEM = {"role": "system", "content": "Be kind."}
QUESTION = {"role": "user", "content": "Can I return it?"}
ANSWER = {"role": "assistant", "content": "Yes, in 30 days."}
BASE = [SYSTEM, QUESTION, ANSWER]


def said(role: str, text: str | None, **extras: Any) -> dict[str, Any]:
    return {"role": role, "content": text, **extras}


def test_each_message_has_its_change() -> None:
    after = [SYSTEM, said("assistant", "Yes, in 14 days."), said("user", "Thanks!")]
    changes = message_changes(BASE, after)
    assert [(change.change, change.role, change.earlier_role) for change in changes] == [
        ("same", "system", ""),
        ("changed", "assistant", "user"),
        ("changed", "user", "assistant"),
    ]


def test_a_change_outside_the_text_is_reported() -> None:
    (change,) = message_changes([ANSWER], [{**ANSWER, "weight": 0}])
    assert (change.change, change.other_changes) == ("changed", True)


def test_labels_that_differ_are_named_with_both_values() -> None:
    before, after = Content([], tags=["a", "b"]), Content([], tags=["a"], intent="refunds")
    assert label_changes(before, after) == [
        LabelChange("intent", "", "refunds"),
        LabelChange("tags", "a, b", "a"),
    ]


def test_the_only_changed_side_is_suggested() -> None:
    mine = [SYSTEM, said("user", "Can I bring it back?"), ANSWER]
    theirs = [SYSTEM, QUESTION, said("assistant", "Yes, in 14 days.")]
    rows = merge_rows(BASE, mine, theirs)
    assert [(row.suggested, row.both_changed, row.is_same) for row in rows[1:]] == [
        (Side.MINE, False, False),
        (Side.THEIRS, False, False),
    ]
    assert rows[0].is_same


def test_a_message_that_both_changed_is_marked() -> None:
    mine = [SYSTEM, QUESTION, said("assistant", "Yes, in 20 days.")]
    theirs = [SYSTEM, QUESTION, said("assistant", "Yes, in 14 days.")]
    row = merge_rows(BASE, mine, theirs)[2]
    assert row.both_changed
    assert (row.mine, row.theirs) == (mine[2], theirs[2])


def test_additions_and_removals_suggest_the_side_that_made_them() -> None:
    thanks = said("user", "Thanks!")
    rows = merge_rows(BASE, [*BASE, thanks], [SYSTEM, QUESTION])
    assert [(row.mine, row.theirs, row.suggested) for row in rows[2:]] == [
        (ANSWER, None, Side.THEIRS),
        (thanks, None, Side.MINE),
    ]
    rows = merge_rows(BASE, [SYSTEM, QUESTION], [*BASE, thanks])
    assert [(row.mine, row.theirs, row.suggested) for row in rows[2:]] == [
        (None, ANSWER, Side.MINE),
        (None, thanks, Side.THEIRS),
    ]


def test_labels_are_suggested_the_same_way() -> None:
    base, mine = Content([], intent="a"), Content([], intent="a", tags=["x"])
    assert merge_labels(base, mine, Content([], intent="b")) == [
        MergeLabel("intent", mine="a", theirs="b", suggested=Side.THEIRS),
        MergeLabel("tags", mine="x", theirs="", suggested=Side.MINE),
    ]
