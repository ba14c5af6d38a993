"""Conversion between content and the fields of the editor."""

from typing import Any

import pytest
from django.http import QueryDict

from datasets.conversations import chat
from datasets.curation.editing import (
    apply_editor_step,
    edited_messages,
    row_from_content,
    row_from_fields,
    split_words,
)
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": '{"id": 7}'}}
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "Be kind.\n\n  Always."},
    {"role": "user", "content": "\nWhere is it?"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "content": "On its way", "tool_call_id": "c1"},
    {"role": "assistant", "content": "On its way.", "weight": 1, "name": "care"},
]
CONTENT = chat.normalise(
    {"messages": MESSAGES, "intent": "delivery", "tags": ["a", "b"], "policies": ["p"]}
)


def posted(messages: list[dict[str, Any]] | None = None) -> QueryDict:
    fields = QueryDict(mutable=True)
    for edited in edited_messages(CONTENT.messages if messages is None else messages):
        fields.appendlist("role", edited.role)
        # As browsers send them.
        fields.appendlist("text", edited.text.replace("\n", "\r\n"))
        fields.appendlist("extra", edited.extra)
    fields["intent"], fields["language"], fields["tags"] = "delivery", "", "a, b"
    fields.appendlist("policies", "p")
    return fields


def test_unchanged_fields_give_the_same_content() -> None:
    assert chat.normalise(row_from_fields(posted())) == CONTENT
    assert row_from_fields(posted()) == row_from_content(CONTENT)


def test_an_edit_of_the_text_keeps_calls_and_weights() -> None:
    fields = posted()
    fields.setlist("text", [*fields.getlist("text")[:4], "It comes today."])
    messages = row_from_fields(fields)["messages"]
    assert messages[2] == MESSAGES[2]
    assert messages[4] == {**MESSAGES[4], "content": "It comes today."}


def test_a_weight_is_removed_with_the_assistant_role() -> None:
    fields = posted()
    fields.setlist("role", [*fields.getlist("role")[:4], "user"])
    assert "weight" not in row_from_fields(fields)["messages"][4]


def test_an_emptied_message_is_kept() -> None:
    fields = posted()
    fields.setlist("text", ["", *fields.getlist("text")[1:]])
    assert row_from_fields(fields)["messages"][0] == {"role": "system", "content": ""}


@pytest.mark.parametrize("extra", ["[1]", "{", "[" * 5000])
def test_unreadable_extra_fields_are_rejected(extra: str) -> None:
    fields = posted()
    fields.setlist("extra", [extra, *fields.getlist("extra")[1:]])
    with pytest.raises(InvalidInput, match="did not arrive"):
        row_from_fields(fields)
    fields = posted()
    fields.setlist("role", ["user"])
    with pytest.raises(InvalidInput, match="did not arrive"):
        row_from_fields(fields)


def test_nul_is_removed() -> None:
    fields = posted()
    fields.setlist("text", ["a\x00b", *fields.getlist("text")[1:]])
    assert row_from_fields(fields)["messages"][0]["content"] == "ab"


def test_changed_and_added_messages_are_marked_with_their_base() -> None:
    mine = [MESSAGES[0], {"role": "user", "content": "Where?"}, *MESSAGES[2:], MESSAGES[1]]
    marked = [(turn.is_changed, turn.base) for turn in edited_messages(mine, base=MESSAGES)]
    assert marked == [
        (False, None),
        (True, "\nWhere is it?"),
        (False, None),
        (False, None),
        (False, None),
        (True, None),
    ]


def test_tool_calls_are_indented_and_keep_their_role() -> None:
    shown = edited_messages(MESSAGES)
    assert (shown[2].calls[0].name, shown[2].calls[0].arguments) == ("find", '{\n  "id": 7\n}')
    assert [bool(turn.role_choices) for turn in shown] == [True, True, False, False, True]
    assert shown[3].notes == [message("curation.answers_call", call="c1")]


@pytest.mark.parametrize(
    ("step", "roles"),
    [
        ("insert:0", ["system", "system", "user", "assistant"]),
        ("insert:2", ["system", "user", "assistant", "assistant"]),
        ("delete:1", ["user", "assistant"]),
        ("up:3", ["system", "assistant", "user"]),
        ("down:1", ["user", "system", "assistant"]),
        ("up:1", ["system", "user", "assistant"]),
        ("down:3", ["system", "user", "assistant"]),
        ("delete:9", ["system", "user", "assistant"]),
        ("nonsense", ["system", "user", "assistant"]),
    ],
)
def test_messages_are_rearranged(step: str, roles: list[str]) -> None:
    row = {
        "messages": [{"role": role, "content": role} for role in ("system", "user", "assistant")]
    }
    assert [message["role"] for message in apply_editor_step(row, step)["messages"]] == roles


def test_tags_are_split_at_commas() -> None:
    assert split_words(" refusal, ,ambiguous,refusal ") == ["refusal", "ambiguous"]


@pytest.mark.parametrize("calls", [5, True, "x", ["x"], [None], [5], {"a": 1}, [{"function": 5}]])
def test_malformed_calls_are_not_shown(calls: object) -> None:
    (shown,) = edited_messages([{"role": "assistant", "content": None, "tool_calls": calls}])
    assert shown.calls == []


@pytest.mark.parametrize("extra", ['{"a": "\\ud83d"}', '{"a": NaN}', '{"a": 1e999}', "[", "5"])
def test_extra_fields_that_cannot_be_stored_are_rejected(extra: str) -> None:
    fields = QueryDict(mutable=True)
    fields.setlist("role", ["user"])
    fields.setlist("text", ["Hi"])
    fields.setlist("extra", [extra])
    with pytest.raises(InvalidInput):
        row_from_fields(fields)
