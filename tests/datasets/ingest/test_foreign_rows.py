"""Rows in the formats of other tools: read as the conversation that they hold, and named."""

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.conversations.chat import content_hash
from datasets.conversations.errors import ShapeError
from datasets.ingest.files.opening import open_source
from datasets.ingest.files.raw import RawRow, Row, UnreadableFile
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format

Q, A = "Where is my order?", "On its way."
USER, ASSISTANT = {"role": "user", "content": Q}, {"role": "assistant", "content": A}
OTHER = {"role": "assistant", "content": "No."}
CONVERSATION: dict[str, dict[str, Any]] = {
    "sharegpt": {"conversations": [{"from": "human", "value": Q}, {"from": "gpt", "value": A}]},
    "gemini": {
        "contents": [
            {"role": "user", "parts": [{"text": "Where is "}, {"text": "my order?"}]},
            {"role": "model", "parts": [{"text": A}]},
        ]
    },
    "alpaca": {"instruction": Q, "input": "", "output": A},
    "pair": {"prompt": Q, "response": A},
}
PAIRS = [
    {"prompt": Q, "chosen": A, "rejected": "No."},
    {"prompt": [USER], "chosen": [ASSISTANT], "rejected": [OTHER]},
    {"chosen": [USER, ASSISTANT], "rejected": [USER, OTHER]},
    {"prompt": Q, "chosen": [USER, ASSISTANT], "rejected": [USER, OTHER]},
    {
        "input": {"messages": [USER], "tools": []},
        "preferred_output": [ASSISTANT],
        "non_preferred_output": [OTHER],
    },
]


def row_of(value: object, format_: Format = Format.AUTO) -> Row:
    return read_row(RawRow(1, 1, json.dumps(value).encode()), format_)


@pytest.mark.parametrize("name", CONVERSATION)
def test_a_row_of_another_tool_is_the_same_conversation(name: str, tmp_path: Path) -> None:
    expected = row_of({"messages": [USER, ASSISTANT]})
    row = row_of({**CONVERSATION[name], "intent": "delivery", "score": 3})
    assert content_hash(row.content) == content_hash(expected.content)
    assert row.content.intent == "delivery"
    assert row.metadata == {"unknown": {"score": 3}}
    assert row.notes[0] == name
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps([CONVERSATION[name]]))
    assert open_source(file).shape == name


@pytest.mark.parametrize("value", PAIRS)
def test_the_preferred_answer_is_the_example_and_the_other_is_kept(value: dict[str, Any]) -> None:
    row = row_of({**value, "metadata": {"a": 1}})
    assert row.content.messages == [USER, ASSISTANT]
    assert row.metadata == {"a": 1, "rejected_answer": "No."}
    assert row.notes == ("preference",)


def test_messages_and_end_markers_keep_the_meaning_they_had() -> None:
    assert row_of({"messages": [USER], "output": A}).notes == ("unknown_keys", "no_answer")
    row = row_of({"prompt": Q, "completion": f" {A}\n\nEND", "answer": "x"})
    assert row.content.messages == [USER, ASSISTANT]
    assert "end_marker" in row.notes


def test_a_prompt_with_a_completion_may_be_messages() -> None:
    assert row_of({"prompt": [USER], "completion": [ASSISTANT]}).content.messages == [
        USER,
        ASSISTANT,
    ]


def test_instruction_input_system_and_history_are_read() -> None:
    row = row_of(
        {"instruction": "Reply.", "input": Q, "output": A, "system": "S", "history": [["a", "b"]]}
    )
    assert [turn["content"] for turn in row.content.messages] == [
        "S",
        "a",
        "b",
        f"Reply.\n\n{Q}",
        A,
    ]
    with pytest.raises(ShapeError, match="history"):
        row_of({"instruction": "Reply.", "output": A, "history": "a"})


def test_calls_of_tools_in_sharegpt_become_tool_calls() -> None:
    call = json.dumps({"name": "find", "arguments": {"id": 1}})
    turns = [("human", Q), ("function_call", call), ("observation", "{}"), ("gpt", A)]
    value = {
        "conversations": [{"from": role, "value": text} for role, text in turns],
        "tools": json.dumps([{"name": "find", "parameters": {"type": "object"}}]),
    }
    row = row_of(value)
    _user, called, told, _answer = row.content.messages
    assert called["tool_calls"][0]["function"] == {"name": "find", "arguments": '{"id": 1}'}
    assert told["tool_call_id"] == called["tool_calls"][0]["id"]
    assert row.content.tools


def test_a_chosen_format_reads_nothing_else() -> None:
    with pytest.raises(ShapeError):
        row_of(CONVERSATION["sharegpt"], Format.CHAT)


def test_a_table_with_the_columns_of_another_tool_is_read(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    file.write_text(f'instruction,input,output\n"Reply.","{Q}","{A}"\n')
    source = open_source(file)
    assert (source.format, source.shape) == (Format.CSV, "alpaca")
    (raw,) = source.rows()
    assert read_row(raw, source.format).content.messages[0]["content"] == f"Reply.\n\n{Q}"


@pytest.mark.parametrize("indent", [None, 1])
def test_a_file_of_one_row_of_another_tool_that_cannot_be_read_says_why(
    tmp_path: Path, indent: int | None
) -> None:
    value = {"instruction": "Reply.", "output": A, "history": "a"}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(value, indent=indent))
    with pytest.raises(UnreadableFile, match="over several lines" if indent else "history"):
        open_source(path)
