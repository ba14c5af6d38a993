"""The bytes of a file: the same for the same content, and nothing but what a provider takes."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from datasets.conversations import chat
from datasets.versions.exports import line_of, version_digest
from datasets.versions.splits import TEST, TRAIN, VALIDATION

TOOL = {
    "type": "function",
    "function": {"name": "find_order", "parameters": {"type": "object", "properties": {}}},
}
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


def row(**more: object) -> dict[str, object]:
    messages = [
        {"role": "user", "content": "Wo ist mein Päckchen? 📦"},
        {"role": "assistant", "content": "Unterwegs.", "weight": 1},
    ]
    return {"messages": messages, **more}


def test_a_line_is_exactly_this() -> None:
    content = chat.normalise(row(intent="delivery", tags=["a"], external_id="crm-1"))
    assert line_of(content).decode() == (
        '{"messages":[{"role":"user","content":"Wo ist mein Päckchen? 📦"},'
        '{"role":"assistant","content":"Unterwegs.","weight":1}]}\n'
    )


def test_the_order_of_keys_makes_no_difference() -> None:
    message = chat.normalise({"messages": [{"role": "user", "content": "a", "name": "x"}]})
    other = chat.normalise({"messages": [{"name": "x", "content": "a", "role": "user"}]})
    assert line_of(message) == line_of(other)
    turned = {
        "function": {"parameters": {"properties": {}, "type": "object"}, "name": "find_order"}
    }
    tools = chat.normalise(row(tools=[TOOL]))
    assert line_of(tools) == line_of(chat.normalise(row(tools=[{**turned, "type": "function"}])))


def test_tools_and_calls_are_kept() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "find_order", "arguments": "{}"}}
    given_ = row(tools=[TOOL], parallel_tool_calls=False)
    given_["messages"] = [
        {"role": "user", "content": "Where?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "sent", "tool_call_id": "c1"},
        {"role": "assistant", "content": "Sent."},
    ]
    written = json.loads(line_of(chat.normalise(given_)))
    assert written["parallel_tool_calls"] is False
    assert written["tools"] == [TOOL]
    assert written["messages"][1] == {"role": "assistant", "tool_calls": [call]}


@given(st.lists(texts, min_size=1, max_size=4), st.booleans())
def test_what_is_written_reads_back_as_the_same_content(said: list[str], parallel: bool) -> None:  # noqa: FBT001 hypothesis calls it
    messages = [{"role": "user", "content": text} for text in said]
    content = chat.normalise({"messages": messages, "parallel_tool_calls": parallel})
    line = line_of(content)
    assert line.count(b"\n") == 1
    assert chat.content_hash(chat.normalise(json.loads(line))) == chat.content_hash(content)


def test_the_digest_of_a_version_can_be_worked_out_with_sha256sum() -> None:
    files = {TRAIN: b"1\n", VALIDATION: b"", TEST: b"2\n"}
    listed = b"".join(
        f"{hashlib.sha256(content).hexdigest()}  {split}.jsonl\n".encode()
        for split, content in files.items()
    )
    digests = {
        split: hashlib.sha256(content).hexdigest() for split, content in reversed(files.items())
    }
    assert version_digest(digests) == hashlib.sha256(listed).hexdigest()
