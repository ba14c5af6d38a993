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
from reviewapp.core.messages import Message, message
from reviewapp.core.texts import render
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
    return [row(say("user", f"question {index}"), say("assistant")) for index in range(number)]


Issue = tuple[str, int | None]


def check(lines: list[bytes], split: str = TRAIN) -> PreflightReport:
    return PreflightCheck(model="gpt-4o").file(split, lines)


def report_of_first(line: bytes) -> PreflightReport:
    """The report on a file in which only the first line can be wrong."""
    return check([line, *good(60)])


def issues_of(messages: list[Message]) -> list[tuple[int, str, int | None]]:
    """The line, the code and the number of the message of issues of one line."""
    return [
        (
            message.params["line"],
            message.params["issue"].code.removeprefix("preflight."),
            message.params["issue"].params.get("number"),
        )
        for message in messages
    ]


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
    ("line", "issue"),
    [
        (b'{"messages": [\n', ("not_json", None)),
        (b"\n", ("empty_line", None)),
        (b'["a"]\n', ("not_an_object", None)),
        (b'{"messages": "\xff"}\n', ("not_utf8", None)),
        (b'{"messages": [{"role": "user", "content": NaN}]}\n', ("not_json", None)),
        (b'{"messages": []}\n', ("no_messages", None)),
        (row(intent="returns"), ("unknown_key", None)),
        (row(say("user"), "text"), ("message", 2)),
        (row(say("developer"), say("assistant")), ("developer_role", 1)),
        (row(say("customer"), say("assistant")), ("unknown_role", 1)),
        (row({"content": "a"}, say("assistant")), ("unknown_role", 1)),
        (row(say("user", mood="sad"), say("assistant")), ("unknown_message_key", 1)),
        (row(say("user", None), say("assistant")), ("no_content", 1)),
        (row(say("user", 7), say("assistant")), ("content_not_text", 1)),
        (row(say("user"), say("assistant", 7)), ("content_not_text", 2)),
        (row(say("user"), say("assistant", "")), ("empty_answer", 2)),
        (row(say("user"), say("assistant", None)), ("empty_answer", 2)),
        (row(say("user")), ("no_answer", None)),
        (row(say("user"), say("assistant", weight=0)), ("no_weight", None)),
        (row(say("user", weight=1), say("assistant")), ("weight_role", 1)),
        (row(say("user"), say("assistant", weight=2)), ("weight", 2)),
        (row(say("user"), say("assistant", weight=True)), ("weight", 2)),
        (row(say("user", name="a b"), say("assistant")), ("name", 1)),
        (row(say("function"), say("assistant")), ("function_without_name", 1)),
        (row(parallel_tool_calls="no"), ("parallel_tool_calls", None)),
        (row(tools=[{"type": "function"}]), ("tools", None)),
        (row(functions=[]), ("functions", None)),
        (
            row(say("user"), say("assistant", None, tool_calls=[CALL])),
            ("unknown_function", 2),
        ),
        (
            row(say("user"), say("assistant", None, tool_calls=[]), tools=[FIND]),
            ("tool_calls", 2),
        ),
        (
            row(say("user"), say("assistant", None, tool_calls=[{**CALL, "id": ""}]), tools=[FIND]),
            ("call_without_id", 2),
        ),
        (
            row(say("user"), say("assistant", None, function_call={"arguments": "{}"})),
            ("call_without_function", 2),
        ),
        (
            row(
                say("user"),
                say("assistant", None, function_call={"name": "find", "arguments": {}}),
                functions=[FIND["function"]],
            ),
            ("arguments", 2),
        ),
        (
            row(say("tool", tool_call_id="c9"), say("assistant")),
            ("tool_answer", 1),
        ),
        (
            row(say("tool", [{"type": "text", "text": "a"}], tool_call_id="c9"), say("assistant")),
            ("content_not_plain_text", 1),
        ),
        (row(say("user", [{"type": "audio"}]), say("assistant")), ("unknown_part", 1)),
        (row(say("user"), say("assistant", [picture(PNG)])), ("image_role", 2)),
        (row(say("user", [picture("ftp://a")]), say("assistant")), ("image_address", 1)),
        (
            row(say("user", [picture("data:image/gif;base64,AA==")]), say("assistant")),
            ("image_format", 1),
        ),
        (row(say("user", [picture(PNG)] * 11), say("assistant")), ("too_many_images", None)),
    ],
)
def test_what_a_provider_refuses_is_an_error_with_its_line(line: bytes, issue: Issue) -> None:
    assert (1, *issue) in issues_of(report_of_first(line).errors)


@pytest.mark.parametrize(
    ("line", "issue"),
    [
        (row(say("user"), say("assistant"), say("user")), ("last_message", None)),
        (row(say("user", "a <|im_end|>"), say("assistant")), ("special_token", 1)),
        (row(say("user", [picture(PNG)]), say("assistant")), ("images", None)),
        (unescaped("a\u2028b"), ("line_separator", None)),
        (unescaped("a\u2029b"), ("line_separator", None)),
        (unescaped("a\x85b"), ("line_separator", None)),
    ],
)
def test_what_is_worth_a_look_is_a_warning(line: bytes, issue: Issue) -> None:
    report = report_of_first(line)
    assert report.errors == []
    assert (1, *issue) in issues_of(report.warnings)


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
    assert report_of_first(line).errors == []


def test_a_picture_may_have_ten_megabytes() -> None:
    body = base64.b64encode(b"0" * (10 * 1024**2 + 1)).decode()
    line = row(say("user", [picture(f"data:image/png;base64,{body}")]), say("assistant"))
    assert issues_of(report_of_first(line).errors) == [(1, "image_size", 1)]


def test_tokens_over_the_limit_are_cut_off_and_that_is_an_error() -> None:
    long, longest = " word" * 65_500, " word" * 65_600
    assert report_of_first(row(say("user", long), say("assistant"))).errors == []
    (error,) = report_of_first(row(say("user", longest), say("assistant"))).errors
    assert error.params["issue"] == message("preflight.too_many_tokens", n=65_612, limit=65_536)


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
    assert issues_of(report.errors) == [(1, "row_in_training_file", None)]
    assert checking.file(TEST, good(1)).errors == []


def test_a_row_twice_in_one_file_is_a_warning() -> None:
    report = check([*good(60), *good(1)])
    assert issues_of(report.warnings) == [(61, "repeated_row", None)]


def test_an_issue_names_its_first_ten_lines_and_counts_the_others() -> None:
    (error,) = check([*good(60), *[b"no\n"] * 12]).errors
    assert error.params["lines"] == [*range(61, 71)]
    assert error.params["n"] == 2
    assert render(error) == (
        "Lines 61, 62, 63, 64, 65, 66, 67, 68, 69, 70 and 2 more: This is not JSON."
    )
    (error,) = check([*good(60), *[b"no\n"] * 2]).errors
    assert render(error) == "Lines 61 and 62: This is not JSON."


def test_a_byte_order_mark_is_a_warning() -> None:
    report = check([b"\xef\xbb\xbf", *good(60)])
    assert report.errors == []
    assert issues_of(report.warnings) == [(1, "byte_order_mark", None)]


def cookbook() -> Iterator[bytes]:
    path = reference_file("openai_cookbook/toy_chat_fine_tuning.jsonl")
    yield from path.read_bytes().splitlines(keepends=True)


def test_the_cookbooks_records_have_no_format_errors() -> None:
    report = check(list(cookbook()), VALIDATION)
    assert (report.examples, report.errors) == (5, [])


def test_the_cookbooks_records_are_written_as_they_were_read() -> None:
    rows = [json.loads(line) for line in cookbook()]
    lengths = sorted(len(row["messages"]) for row in rows)
    assert (lengths[0], lengths[-1]) == (2, 9)
    written = [line_of(chat.normalise(row)) for row in rows]
    assert [json.loads(line) for line in written] == rows
    assert check(written, TEST).errors == []
