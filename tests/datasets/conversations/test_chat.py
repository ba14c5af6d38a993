"""The content of an example: normal form, stable hash, tokens, preview."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.conversations import chat
from datasets.conversations.chat import Content
from datasets.conversations.errors import ShapeError

Message = dict[str, Any]
ASKED = {"role": "user", "content": "Where is it?"}
SAID = {"role": "assistant", "content": "On its way."}


def normal(*messages: Message, **row: Any) -> Content:
    return chat.normalise({"messages": list(messages), **row})


def code_of(row: dict[str, Any]) -> str:
    with pytest.raises(ShapeError) as caught:
        chat.normalise(row)
    return caught.value.code


def test_the_hash_of_a_conversation_never_changes() -> None:
    content = normal({"role": "system", "content": "Però."}, ASKED, {**SAID, "weight": 1})
    canon = (
        '{"messages":[{"content":"Però.","role":"system"},'
        '{"content":"Where is it?","role":"user"},'
        '{"content":"On its way.","role":"assistant","weight":1}]}'
    )
    assert chat.content_hash(content) == hashlib.sha256(canon.encode()).hexdigest()
    assert chat.content_hash(content).startswith("60c2012655ba2a88")


def test_the_hash_covers_messages_and_tools_but_no_labels() -> None:
    plain = chat.content_hash(normal(ASKED, SAID))
    about = normal(ASKED, SAID, intent="delivery", tags=["a"], language="en", policies=["p"])
    assert chat.content_hash(about) == plain
    assert chat.content_hash(normal(ASKED, {**SAID, "weight": 0})) != plain
    tool = {"type": "function", "function": {"name": "find"}}
    assert chat.content_hash(normal(ASKED, SAID, tools=[tool])) != plain
    assert chat.content_hash(normal(ASKED, SAID, parallel_tool_calls=False)) != plain


def test_the_order_of_keys_and_the_kind_of_line_ends_do_not_matter() -> None:
    turned = {"content": "Where\r\nis it?", "role": "user"}
    straight = {"role": "user", "content": "Where\nis it?"}
    assert chat.content_hash(normal(turned, SAID)) == chat.content_hash(normal(straight, SAID))


def test_developer_becomes_system_and_parts_become_one_text() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    content = normal({"role": "developer", "content": parts})
    assert content.messages == [{"role": "system", "content": "one\ntwo"}]


def test_empty_keys_are_left_out() -> None:
    logged: Message = {**SAID, "refusal": None, "tool_calls": [], "audio": None, "name": None}
    assert normal(logged).messages == [SAID]


def test_an_assistant_may_call_a_tool_instead_of_answering() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    calling = {"role": "assistant", "content": None, "tool_calls": [call]}
    answer = {"role": "tool", "content": "found", "tool_call_id": "c1"}
    assert normal(ASKED, calling, answer, SAID).messages[1:3] == [calling, answer]


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        (None, "no_messages"),
        ([], "no_messages"),
        ({"role": "user"}, "no_messages"),
        (["hello"], "bad_message"),
        ([{"content": "x"}], "unknown_role"),
        ([{"role": ["user"], "content": "x"}], "unknown_role"),
        ([{"role": "boss", "content": "x"}], "unknown_role"),
        ([{"role": "user"}], "missing_content"),
        ([{"role": "user", "content": None}], "missing_content"),
        ([{"role": "assistant", "content": None, "tool_calls": []}], "missing_content"),
        ([{"role": "user", "content": True}], "content_not_text"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "content_not_text"),
        ([{**ASKED, "weight": 1}], "bad_weight"),
        ([{**SAID, "weight": True}], "bad_weight"),
        ([{**SAID, "weight": 0.5}], "bad_weight"),
        ([{**ASKED, "name": "Anna Rossi"}], "bad_name"),
        ([{**ASKED, "mood": "angry"}], "unknown_message_key"),
        ([{**SAID, "tool_calls": [{"function": {}}]}], "bad_tool_call"),
        (
            [{**SAID, "tool_calls": [{"id": "1", "function": {"name": "f", "arguments": {}}}]}],
            "bad_tool_call",
        ),
        ([{**ASKED, "function_call": {"name": "f", "arguments": "{}"}}], "bad_tool_call"),
        ([{"role": "tool", "content": "x"}], "bad_tool_answer"),
        ([{"role": "function", "content": "x"}], "bad_tool_answer"),
        ([{"role": "user", "content": "a\0b"}], "bad_character"),
        ([{"role": "user", "content": "\ud83d"}], "bad_character"),
        ([ASKED] * 1001, "too_many_messages"),
    ],
)
def test_a_message_that_no_example_can_hold_is_rejected_with_its_code(
    messages: object, code: str
) -> None:
    assert code_of({"messages": messages}) == code


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("intent", 5, "bad_field"),
        ("intent", "x" * 101, "bad_field"),
        ("tags", "a,b", "bad_field"),
        ("tags", [1], "bad_field"),
        ("language", "German!", "bad_field"),
        ("policies", ["p\0"], "bad_character"),
        ("tools", {"name": "f"}, "bad_tools"),
        ("tools", [{"type": "function", "function": {"name": "no spaces"}}], "bad_tools"),
        ("parallel_tool_calls", "yes", "bad_tools"),
        ("functions", [{"name": "f"}], "legacy_functions"),
    ],
)
def test_a_field_that_cannot_be_stored_is_rejected_with_its_code(
    field: str, value: object, code: str
) -> None:
    assert code_of({"messages": [ASKED, SAID], field: value}) == code


def test_endless_nesting_is_rejected() -> None:
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    tool = {"type": "function", "function": {"name": "f", "parameters": deep}}
    assert code_of({"messages": [ASKED], "tools": [tool]}) == "too_deep"


def test_labels_are_trimmed_and_repeated_tags_stored_once() -> None:
    content = normal(ASKED, intent="  late  parcel ", tags=["a", " a ", ""], language="pt_br")
    assert (content.intent, content.tags, content.language) == ("late parcel", ["a"], "pt-br")


def test_tokens_are_three_for_a_message_its_role_its_text_and_three_for_the_reply() -> None:
    # "Where is it?" has four tokens, "On its way." has four, in o200k_base.
    count = chat.count_tokens([ASKED, SAID])
    assert count.per_message == [8, 8]
    assert count.total == 8 + 8 + 3
    assert not count.estimate


def test_a_name_costs_its_tokens_and_one() -> None:
    plain = chat.count_tokens([ASKED]).total
    assert chat.count_tokens([{**ASKED, "name": "anna"}]).total == plain + 1 + 1


@pytest.mark.parametrize(
    ("model", "estimate"),
    [
        ("gpt-4o", False),
        ("gpt-4.1-mini", False),
        ("ft:gpt-4o-mini-2024-07-18:house::abc", False),
        ("gpt-3.5-turbo", False),
        ("davinci-002", False),
        ("SmolLM2-135M", True),
        ("", True),
    ],
)
def test_a_tokenizer_that_is_not_public_makes_the_count_an_estimate(
    model: str, *, estimate: bool
) -> None:
    assert chat.count_tokens([ASKED], model=model).estimate is estimate


def test_tools_count_and_make_an_estimate() -> None:
    tool = {"type": "function", "function": {"name": "find_parcel"}}
    count = chat.count_tokens([ASKED], [tool])
    assert count.estimate
    assert count.total > chat.count_tokens([ASKED]).total


def test_marks_of_the_chat_format_in_a_text_are_counted_as_text() -> None:
    assert chat.count_tokens([{"role": "user", "content": "<|endoftext|>"}]).total > 8


@pytest.mark.parametrize("text", [" " * 1_100_000, "\n" * 1_100_000, "a" * 1_100_000])
def test_a_text_that_overflows_the_tokenizer_is_counted_in_slices(text: str) -> None:
    assert chat.count_tokens([{"role": "user", "content": text}]).total > 0


def test_the_preview_is_the_beginning_of_the_first_customer_message_on_one_line() -> None:
    system = {"role": "system", "content": "Be kind."}
    assert chat.preview([system, SAID, {"role": "user", "content": " My\n parcel "}]) == "My parcel"
    assert chat.preview([system, {"role": "assistant", "content": None}]) == "Be kind."
    assert chat.preview([]) == ""


@given(st.text(max_size=400))
def test_a_preview_always_fits_its_column(text: str) -> None:
    shown = chat.preview([{"role": "user", "content": text}])
    assert len(shown) <= chat.MAX_PREVIEW_LENGTH
    assert "\n" not in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
message_like = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "tool", 3]), "content": json_values},
    optional={
        "weight": json_values,
        "name": json_values,
        "tool_calls": json_values,
        "refusal": json_values,
        "tool_call_id": json_values,
        "function_call": json_values,
    },
)


@given(st.lists(message_like, max_size=4), json_values)
def test_every_row_is_normalised_or_rejected_with_a_sentence(
    messages: list[Message], tools: object
) -> None:
    try:
        content = chat.normalise({"messages": messages, "tools": tools})
    except ShapeError as error:
        assert str(error).endswith((".", "..."))
        return
    assert chat.normalise({"messages": content.messages, "tools": content.tools}) == content
    assert len(chat.content_hash(content)) == 64
    assert json.loads(json.dumps(content.messages)) == content.messages
    chat.count_tokens(content.messages, content.tools)
