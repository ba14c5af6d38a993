"""One raw row to what it says, or to the code and sentence of its refusal."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.ingest.files import markers
from datasets.ingest.files.prepare import Reading, prepare_chunk
from datasets.ingest.files.raw import (
    NOTES,
    Outcome,
    PreparedRow,
    RawRow,
    RejectedRow,
    Row,
)
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionSettings
from reviewapp.core.texts import render
from tests.sentences import codes_in

SETTINGS = InspectionSettings(languages=("en", "de"))
READING = Reading(Format.AUTO, SETTINGS)
TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def outcome(value: object, format_: Format = Format.AUTO) -> Outcome:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return prepare_chunk([RawRow(7, 99, raw)], Reading(format_, SETTINGS))[0]


def row_of(value: object, format_: Format = Format.AUTO) -> Row:
    found = outcome(value, format_)
    assert isinstance(found, PreparedRow), found
    return found.row


def code_of(value: object, format_: Format = Format.AUTO) -> str:
    found = outcome(value, format_)
    assert isinstance(found, RejectedRow), found
    assert render(found.message).endswith((".", "..."))
    assert found.line == 7
    return found.code


def cells_of(**cells: str) -> Row:
    found = prepare_chunk([RawRow(2, 9, b"raw", cells=cells)], Reading(Format.CSV, SETTINGS))[0]
    assert isinstance(found, PreparedRow), found
    return found.row


def test_everything_a_row_says_is_kept() -> None:
    row = row_of(
        {
            "messages": TURNS,
            "intent": "returns",
            "tags": ["refusal"],
            "language": "de",
            "policies": ["refund-window"],
            "external_id": "crm-118",
            "split": "train",
            "metadata": {"anything": 1},
            "parallel_tool_calls": False,
        }
    )
    assert row.content.messages == TURNS
    assert (row.content.intent, row.content.tags) == ("returns", ["refusal"])
    assert (row.content.language, row.content.policies) == ("de", ["refund-window"])
    assert row.content.parallel_tool_calls is False
    assert (row.external_id, row.split, row.metadata) == ("crm-118", "train", {"anything": 1})
    assert row.notes == ()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"messages": [', "not_json"),
        (b"{'messages': []}", "not_json"),
        (b'{"messages": NaN}', "not_json"),
        (b"[1, 2]", "not_an_object"),
        (b'"text"', "not_an_object"),
        (b"null", "not_an_object"),
        (b"{}", "no_messages"),
        (b'{"prompt": "a"}', "no_messages"),
        (b'{"completion": "a"}', "no_messages"),
        (b'{"messages": null}', "no_messages"),
        (b'{"messages": [{"role": "user", "content": "a\\u0000"}]}', "bad_character"),
        (b'{"messages": [{"role": "user", "content": "\\ud83d"}]}', "bad_character"),
        (b'{"messages": [{"role": "user", "content": "a"}], "m": "\\u0000"}', "bad_character"),
        (b'{"m": ' + b"[" * 900 + b"]" * 900 + b"}", "too_deep"),
        (b'{"m": ' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep"),
        (b'{"m": ' + b"[" * 900 + b"12345678901234567890" + b"]" * 900 + b"}", "too_deep"),
        (b'{"prompt": 1, "completion": "a"}', "content_not_text"),
    ],
)
def test_a_row_that_cannot_be_taken_is_refused_by_its_code(raw: bytes, code: str) -> None:
    assert code_of(raw) == code


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("split", "later"),
        ("split", 3),
        ("external_id", ["a"]),
        ("external_id", True),
        ("external_id", "x" * 201),
        ("metadata", "text"),
        ("tags", "a"),
    ],
)
def test_a_field_with_another_shape_is_refused(field: str, value: object) -> None:
    assert code_of({"messages": TURNS, field: value}) == "bad_field"


def test_a_number_as_external_id_is_taken_as_text() -> None:
    assert row_of({"messages": TURNS, "external_id": 118}).external_id == "118"


def test_numbers_of_any_length_in_metadata_are_not_rounded() -> None:
    big = 123456789012345678901234567890
    assert row_of({"messages": TURNS, "metadata": {"n": big}}).metadata == {"n": big}


def test_unknown_keys_are_kept_in_metadata_and_reported() -> None:
    spoken = [{**TURNS[0], "at": "10:30"}, TURNS[1]]
    row = row_of({"messages": spoken, "channel": "mail", "metadata": {"unknown": 1}})
    assert row.metadata == {
        "unknown": 1,
        "unknown_": {"messages": {"1": {"at": "10:30"}}, "channel": "mail"},
    }
    assert row.content.messages == TURNS
    assert row.notes == ("unknown_keys",)


def test_a_prompt_and_a_completion_become_two_turns_without_their_marks() -> None:
    row = row_of({"prompt": "Where is it?\n\n###\n\n", "completion": " On its way.\n\nEND"})
    assert row.content.messages == [
        {"role": "user", "content": "Where is it?"},
        {"role": "assistant", "content": "On its way."},
    ]
    assert row.metadata == {
        "taken_off": {
            "end_marker": "\n\nEND",
            "leading_space": " ",
            "prompt_separator": "\n\n###\n\n",
        }
    }
    assert set(row.notes) == {"end_marker", "leading_space", "prompt_separator"}
    assert set(row.notes) <= set(NOTES)


@pytest.mark.parametrize(
    ("completion", "kept"),
    [
        ("Yes.\n\nEND", "Yes."),
        ("Yes. END", "Yes."),
        ("Yes ###", "Yes"),
        ("Yes.###\n", "Yes."),
        ("Yes<|endoftext|>", "Yes"),
        ("Yes\nSTOP", "Yes"),
        ("THE END", "THE END"),
        ("Press STOP", "Press STOP"),
        ("BACKEND", "BACKEND"),
        ("Yes.", "Yes."),
        ("", ""),
    ],
)
def test_an_end_marker_is_told_from_an_answer_that_ends_with_the_word(
    completion: str, kept: str
) -> None:
    text, taken = markers.split_end(completion)
    assert text == kept
    assert text + taken == completion


@given(st.text(st.sampled_from("aEND#ST.OP \n<|>"), max_size=40))
def test_what_is_taken_off_and_what_is_kept_are_the_whole(text: str) -> None:
    for split in (markers.split_end, markers.split_separator):
        kept, taken = split(text)
        assert kept + taken == text
    kept, space = markers.split_space(text)
    assert space + kept == text


def test_a_forced_format_takes_no_other() -> None:
    assert code_of({"prompt": "a", "completion": "b"}, Format.CHAT) == "no_messages"
    assert code_of({"messages": TURNS}, Format.PROMPT_COMPLETION) == "no_messages"


def test_a_table_row_becomes_a_conversation() -> None:
    row = cells_of(
        system="Be kind.",
        user="Hi",
        assistant="Hello",
        intent="greeting",
        tags="calm; short|new",
        language="en",
        split="test",
        agent="Ada",
    )
    assert [message["role"] for message in row.content.messages] == ["system", "user", "assistant"]
    assert row.content.tags == ["calm", "short", "new"]
    assert (row.content.intent, row.split) == ("greeting", "test")
    assert row.metadata == {"unknown": {"agent": "Ada"}}


def test_an_empty_answer_of_a_table_is_an_answer_still_to_be_written() -> None:
    row = cells_of(system="", user="Hi", assistant="")
    assert row.content.messages == [{"role": "user", "content": "Hi"}]


def test_a_table_of_prompts_and_completions_is_read_like_its_json() -> None:
    row = cells_of(prompt="Hi ->", completion=" Hello END")
    assert [message["content"] for message in row.content.messages] == ["Hi", "Hello END"]


def test_a_missing_language_is_filled_in_and_a_given_one_kept() -> None:
    german = [
        {"role": "user", "content": "Wo bleibt mein Paket, das ich vor Wochen bestellt habe?"}
    ]
    assert row_of({"messages": german}).content.language == "de"
    assert row_of({"messages": german, "language": "en"}).content.language == "en"
    assert row_of({"messages": TURNS}).content.language == ""


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
keys = ["messages", "prompt", "completion", "intent", "tags", "split", "metadata", "external_id"]


@given(st.dictionaries(st.sampled_from(keys) | st.text(max_size=4), values, max_size=6))
@settings(max_examples=200)
def test_no_row_is_a_crash(row: dict[str, Any]) -> None:
    found = outcome(json.dumps(row).encode())
    assert found.line == 7
    if isinstance(found, PreparedRow):
        json.dumps(found.row.metadata, allow_nan=False).encode()


@given(st.binary(max_size=80))
def test_no_bytes_are_a_crash(raw: bytes) -> None:
    assert outcome(raw).end == 99


@pytest.mark.parametrize(
    ("row", "code", "sentence"),
    [
        ({"conversations": []}, "other_format", "shape.sharegpt"),
        ({"data": [{"messages": []}]}, "other_format", "shape.wrapped"),
        ({"messages": [{"role": "user", "content": " "}]}, "empty_row", "empty_row"),
        ({"prompt": "", "completion": ""}, "empty_row", "empty_row"),
        ({"messages": "not JSON"}, "bad_field", "bad_field.not_json"),
    ],
)
def test_a_row_of_another_kind_is_named(row: dict[str, Any], code: str, sentence: str) -> None:
    found = outcome(row)
    assert isinstance(found, RejectedRow)
    assert found.code == code
    assert f"ingest.{sentence}" in codes_in(found.message)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"messages": [], "messages": [{"role": "user", "content": "a"}]}',
        b'{"messages": [{"role": "user", "content": "a", "content": "b"}]}',
        b'{"messages": [{"role": "user", "content": "a"}], "intent": "x", "intent": "y"}',
    ],
)
def test_a_key_that_stands_twice_is_refused_and_not_lost(raw: bytes) -> None:
    found = prepare_chunk([RawRow(1, 1, raw)], READING)[0]
    assert isinstance(found, RejectedRow)
    assert found.code == "repeated_key"


def test_words_that_look_like_keys_are_no_keys_that_stand_twice() -> None:
    text = 'He wrote "role" and "content" and "messages".'
    assert isinstance(outcome({"messages": [{"role": "user", "content": text}]}), PreparedRow)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ({"external_id": 12.0}, ("external_id", "12")),
        ({"split": "Val"}, ("split", "validation")),
        ({"split": "dev"}, ("split", "validation")),
        ({"metadata": None, "tools": None, "intent": None, "tags": None}, ("metadata", {})),
    ],
)
def test_odd_values_are_read_as_meant(given: dict[str, Any], taken: tuple[str, Any]) -> None:
    found = outcome({"messages": TURNS, **given})
    assert isinstance(found, PreparedRow)
    assert getattr(found.row, taken[0]) == taken[1]


def test_a_weight_written_as_a_float_is_a_whole_number() -> None:
    found = outcome({"messages": [TURNS[0], {**TURNS[1], "weight": 1.0}]})
    assert isinstance(found, PreparedRow)
    assert type(found.row.content.messages[1]["weight"]) is int


def test_messages_and_tools_written_as_text_are_read_and_reported() -> None:
    tools = [{"type": "function", "function": {"name": "find"}}]
    found = outcome({"messages": json.dumps(TURNS), "tools": json.dumps(tools)})
    assert isinstance(found, PreparedRow)
    assert found.row.content.tools == tools
    assert "json_text" in found.row.notes


def test_keys_outside_the_format_are_named_and_rows_without_answer_counted() -> None:
    found = outcome({"messages": [{**TURNS[0], "audio": {"id": 1}}], "label": "x", "none": None})
    assert isinstance(found, PreparedRow)
    assert sorted(found.row.unread) == ["label", "messages.audio"]
    assert set(found.row.notes) == {"unknown_keys", "no_answer"}


def test_names_are_stored_in_composed_characters_and_single_spaces() -> None:
    row = {"messages": TURNS, "intent": " Ru\u0308ckgabe  neu ", "tags": ["u\u0308", "\u00fc"]}
    found = outcome(row)
    assert isinstance(found, PreparedRow)
    assert found.row.content.intent == "R\u00fcckgabe neu"
    assert found.row.content.tags == ["\u00fc"]
