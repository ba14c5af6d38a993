"""What a provider would say about a file, read back from its bytes."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from datasets.conversations import chat
from datasets.versions.exports import line_of
from datasets.versions.preflight import PreflightCheck, PreflightReport
from datasets.versions.splits import TEST, TRAIN, VALIDATION
from tests.reference import reference_file

CALL = {"id": "c1", "type": "function", "function": {"name": "find", "arguments": "{}"}}
FIND = {"type": "function", "function": {"name": "find", "parameters": {"type": "object"}}}
PNG = "data:image/png;base64,iVBORw0KGgo="


def say(role: str, content: object = "text", **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def row(*messages: object, **more: Any) -> bytes:
    said = messages or (say("user"), say("assistant"))
    return json.dumps({"messages": said, **more}).encode() + b"\n"


def unescaped(text: str) -> bytes:
    """A row as the app writes it: characters as themselves."""
    said = {"messages": [say("user", text), say("assistant")]}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def good(number: int = 10) -> list[bytes]:
    return [row(say("user", f"question {each}"), say("assistant")) for each in range(number)]


def check(lines: list[bytes], split: str = TRAIN) -> PreflightReport:
    return PreflightCheck(model="gpt-4o").file(split, lines)


def one(line: bytes) -> PreflightReport:
    """The report on a file in which only the first line can be wrong."""
    return check([line, *good(60)])


def picture(url: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url}}


def test_a_good_file_has_neither_errors_nor_warnings() -> None:
    report = check(good(60))
    assert (report.errors, report.warnings, report.examples) == ([], [], 60)
    assert report.size_bytes == sum(map(len, good(60)))


def test_chunks_may_end_anywhere() -> None:
    whole = b"".join(good(12))
    cut = [whole[start : start + 7] for start in range(0, len(whole), 7)]
    assert check(cut) == check([whole]) == check(good(12))


def test_a_last_line_without_a_line_feed_counts() -> None:
    assert check([b"".join(good(11)).rstrip(b"\n")]).examples == 11


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b'{"messages": [\n', "this is not JSON."),
        (b"\n", "this is empty."),
        (b'["a"]\n', "this is not a JSON object."),
        (b'{"messages": "\xff"}\n', "this is not UTF-8."),
        (b'{"messages": [{"role": "user", "content": NaN}]}\n', "this is not JSON."),
        (b'{"messages": []}\n', "there are no messages."),
        (row(intent="returns"), "the key `intent` is not taken by providers."),
        (row(say("user"), "text"), "message 2 is not an object with `role` and `content`."),
        (row(say("developer"), say("assistant")), "message 1 has the role developer."),
        (row(say("customer"), say("assistant")), "message 1 has the role “customer”."),
        (row({"content": "a"}, say("assistant")), "message 1 has the role none."),
        (row(say("user", mood="sad"), say("assistant")), "message 1 has the key `mood`"),
        (row(say("user", None), say("assistant")), "message 1 has no content."),
        (row(say("user", 7), say("assistant")), "the content of message 1 is not text."),
        (row(say("user"), say("assistant", 7)), "the content of message 2 is not text."),
        (row(say("user"), say("assistant", "")), "message 2, the assistant's, says nothing"),
        (row(say("user"), say("assistant", None)), "message 2, the assistant's, says nothing"),
        (row(say("user")), "there is no answer of the assistant"),
        (row(say("user"), say("assistant", weight=0)), "every answer has weight 0"),
        (row(say("user", weight=1), say("assistant")), "message 1 has a weight; only"),
        (row(say("user"), say("assistant", weight=2)), "the weight of message 2 is neither"),
        (row(say("user"), say("assistant", weight=True)), "the weight of message 2 is neither"),
        (row(say("user", name="a b"), say("assistant")), "the name of message 1 is not 1 to 64"),
        (row(say("function"), say("assistant")), "message 1 is a function's and has no `name`."),
        (row(parallel_tool_calls="no"), "`parallel_tool_calls` is neither true nor false."),
        (row(tools=[{"type": "function"}]), "`tools` is not a list of functions"),
        (row(functions=[]), "`functions` is not a list of 1 to 128"),
        (
            row(say("user"), say("assistant", None, tool_calls=[CALL])),
            "message 2 calls find, which is not among the row's tools.",
        ),
        (
            row(say("user"), say("assistant", None, tool_calls=[]), tools=[FIND]),
            "`tool_calls` of message 2 is not a list",
        ),
        (
            row(say("user"), say("assistant", None, tool_calls=[{**CALL, "id": ""}]), tools=[FIND]),
            "a tool call of message 2 has no `id`.",
        ),
        (
            row(say("user"), say("assistant", None, function_call={"arguments": "{}"})),
            "a call in message 2 names no function.",
        ),
        (
            row(
                say("user"),
                say("assistant", None, function_call={"name": "find", "arguments": {}}),
                functions=[FIND["function"]],
            ),
            "the arguments of a call in message 2 are not a JSON string.",
        ),
        (
            row(say("tool", tool_call_id="c9"), say("assistant")),
            "message 1, a tool's, answers no earlier call",
        ),
        (
            row(say("tool", [{"type": "text", "text": "a"}], tool_call_id="c9"), say("assistant")),
            "the content of message 1, a tool's, is not plain text.",
        ),
        (row(say("user", [{"type": "audio"}]), say("assistant")), "message 1 has a part that is"),
        (row(say("user"), say("assistant", [picture(PNG)])), "message 2 has a picture; only a"),
        (row(say("user", [picture("ftp://a")]), say("assistant")), "a picture of message 1 has no"),
        (
            row(say("user", [picture("data:image/gif;base64,AA==")]), say("assistant")),
            "a picture of message 1 is not JPEG, PNG or WEBP",
        ),
        (row(say("user", [picture(PNG)] * 11), say("assistant")), "there are 11 pictures; at most"),
    ],
)
def test_what_a_provider_refuses_is_an_error_with_its_line(line: bytes, sentence: str) -> None:
    errors = one(line).errors
    assert any(error.startswith(f"Line 1: {sentence}") for error in errors), errors


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (row(say("user"), say("assistant"), say("user")), "the last message is not the assistant"),
        (row(say("user", "a <|im_end|>"), say("assistant")), "message 1 holds a mark of the chat"),
        (row(say("user", [picture(PNG)]), say("assistant")), "pictures of people, faces or"),
        (unescaped("a\u2028b"), "this holds U+2028"),
        (unescaped("a\u2029b"), "this holds U+2029"),
        (unescaped("a\x85b"), "this holds U+0085"),
    ],
)
def test_what_is_worth_a_look_is_a_warning(line: bytes, sentence: str) -> None:
    report = one(line)
    assert report.errors == []
    assert any(each.startswith(f"Line 1: {sentence}") for each in report.warnings)


@pytest.mark.parametrize(
    "line",
    [
        row(say("user"), say("assistant", None, refusal="No.")),
        row(say("user"), {"role": "assistant", "tool_calls": [CALL]}, tools=[FIND]),
        row(
            say("user"),
            {"role": "assistant", "tool_calls": [CALL]},
            say("tool", tool_call_id="c1"),
            say("assistant"),
            tools=[FIND],
            parallel_tool_calls=True,
        ),
        row(
            say("user"),
            say("assistant", None, function_call={"name": "find", "arguments": "{}"}),
            functions=[FIND["function"]],
        ),
        row(say("user", [{"type": "text", "text": "a"}], name="ada"), say("assistant", weight=1)),
        row(say("user"), say("assistant", weight=0), say("user"), say("assistant", weight=1)),
    ],
)
def test_what_is_legal_today_is_taken(line: bytes) -> None:
    assert one(line).errors == []


def test_a_picture_may_have_ten_megabytes() -> None:
    body = base64.b64encode(b"0" * (10 * 1024**2 + 1)).decode()
    line = row(say("user", [picture(f"data:image/png;base64,{body}")]), say("assistant"))
    assert "Line 1: a picture of message 1 is larger than 10 MB." in one(line).errors


def test_tokens_over_the_limit_are_cut_off_and_that_is_an_error() -> None:
    long, longest = " word" * 65_500, " word" * 65_600
    assert one(row(say("user", long), say("assistant"))).errors == []
    errors = one(row(say("user", longest), say("assistant"))).errors
    assert errors == [
        "Line 1: this has 65,612 tokens; what comes after 65,536 is cut off silently."
    ]


@pytest.mark.parametrize(("examples", "errors", "warnings"), [(9, 1, 0), (10, 0, 1), (50, 0, 0)])
def test_a_training_file_needs_ten_examples(examples: int, errors: int, warnings: int) -> None:
    report = check(good(examples))
    assert (len(report.errors), len(report.warnings)) == (errors, warnings)


@pytest.mark.parametrize("split", [VALIDATION, TEST])
def test_the_other_files_may_be_small_or_empty(split: str) -> None:
    assert check([], split).errors == check(good(1), split).errors == []


def test_a_row_in_train_and_validation_is_an_error() -> None:
    checking = PreflightCheck(model="gpt-4o")
    checking.file(TRAIN, good(10))
    report = checking.file(VALIDATION, [*good(1), row()])
    assert report.errors == ["Line 1: the same row is in the training file."]
    assert checking.file(TEST, good(1)).errors == []


def test_a_row_twice_in_one_file_is_a_warning() -> None:
    report = check([*good(60), *good(1)])
    assert report.warnings == ["Line 61: the same row stands further up in the file."]


def test_one_sentence_names_many_lines() -> None:
    errors = check([*good(60), *[b"no\n"] * 12]).errors
    assert errors == ["Lines 61, 62, 63, 64, 65, 66, 67, 68, 69, 70 and 2 more: this is not JSON."]
    assert check([*good(60), *[b"no\n"] * 2]).errors == ["Lines 61 and 62: this is not JSON."]


def test_a_byte_order_mark_is_told() -> None:
    report = check([b"\xef\xbb\xbf", *good(60)])
    assert report.errors == []
    assert "byte order mark" in report.warnings[0]


def cookbook() -> Iterator[bytes]:
    path = reference_file("openai_cookbook/toy_chat_fine_tuning.jsonl")
    yield from path.read_bytes().splitlines(keepends=True)


def test_the_cookbooks_records_have_no_format_errors() -> None:
    report = check(list(cookbook()), VALIDATION)
    assert (report.examples, report.errors) == (5, [])


def test_the_cookbooks_records_are_written_as_they_were_read() -> None:
    rows = [json.loads(line) for line in cookbook()]
    lengths = sorted(len(each["messages"]) for each in rows)
    assert (lengths[0], lengths[-1]) == (2, 9)
    written = [line_of(chat.normalise(each)) for each in rows]
    assert [json.loads(line) for line in written] == rows
    assert check(written, TEST).errors == []
