"""Files as they come: which are refused as a whole, and how they are cut into rows."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.conversations.errors import public_code
from datasets.ingest.files import table
from datasets.ingest.files.arrays import ElementSplitter
from datasets.ingest.files.json_rows import json_rows
from datasets.ingest.files.opening import open_source
from datasets.ingest.files.prepare import CHUNK_BYTES, CHUNK_ROWS, chunks
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow, UnreadableFile
from datasets.ingest.files.shapes import unread_key_message
from datasets.ingest.files.source import Format
from datasets.ingest.files.table import Dialect, read_table
from reviewapp.core.messages import Message
from tests.sentences import codes_in

GOOD = b'{"messages": []}\n'
PREFERENCE = "shape.preference"


def file_of(folder: Path, content: bytes, name: str = "file.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def rows_of(path: Path) -> list[RawRow]:
    with path.open("rb") as file:
        return list(json_rows(file))


def error_of(path: Path, **options: Any) -> Message:
    with pytest.raises(UnreadableFile) as caught:
        open_source(path, **options)
    return caught.value.message


def public_codes(rows: list[RawRow]) -> list[str | None]:
    return [public_code(row.error) if row.error else None for row in rows]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b" \n\n\t\n", "file.empty"),
        (b"\xef\xbb\xbf\n", "file.empty"),
        (b"hello\nworld\n", "file.not_json_lines"),
        (b"[1]\n2\n", "not_an_object"),
        (b"[]", "file.empty"),
        (b'[{"messages": []}', "list_not_closed"),
        (b'[\n{"messages": []},\n{"messages": []}\n', "list_not_closed"),
        (b'[\n{"messages": []}]\n{"messages": []}', "misplaced_bracket"),
        (b'[{"messages": []}}]', "misplaced_bracket"),
        (b"[{'messages': []}]", "not_json.single_quotes"),
        (b'{"rows": [\n' + GOOD * 5, "not_json.ends_early"),
        (b'{\n "messages": []\n}\n', "shape.over_lines"),
        (b'{"messages": []},\n{"messages": []},\n', "not_json.trailing_comma"),
        (b"{'messages': []}\n", "not_json.single_quotes"),
        (b'{"messages": [{"content": "a\nb"}]}\n', "not_json.inside_text"),
        (b'{"conversations": [{"from": 1}, {}]}\n', "shape.sharegpt"),
        (b'[{"conversation": []}]', "shape.sharegpt"),
        (b'{"input": {}, "preferred_output": [], "non_preferred_output": []}\n', PREFERENCE),
        (b'{"chosen": "a", "rejected": "b", "prompt_id": 1}\n', PREFERENCE),
        (b'{"contents": [{"role": "user"}]}\n', "shape.gemini"),
        (b"\x1f\x8b\x08 and so on", "packed.damaged"),
        (b"PK\x03\x04 and so on", "packed.damaged"),
        ("{}".encode("utf-16"), "file.utf16"),
        (GOOD * 2 + b'{"messages": "caf\xe9"}\n', "file.not_utf8"),
        (GOOD + b"\xe2\x82", "file.not_utf8"),
        (GOOD * 70_000 + b"\xff\n", "file.not_utf8"),
    ],
)
def test_a_file_that_cannot_be_read_has_one_reason_with_its_name(
    tmp_path: Path, content: bytes, code: str
) -> None:
    error = error_of(file_of(tmp_path, content))
    assert f"ingest.{code}" in codes_in(error)
    assert error.params["name"] == "file.jsonl"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (GOOD * 2 + b"\xff\n", 3),
        (GOOD * 70_000 + b"\xff\n", 70_001),
    ],
)
def test_a_byte_that_is_not_utf_8_is_named_by_its_line(
    tmp_path: Path, content: bytes, line: int
) -> None:
    assert error_of(file_of(tmp_path, content)).params["line"] == line


def test_a_bracket_outside_a_list_is_named_by_its_line(tmp_path: Path) -> None:
    error = error_of(file_of(tmp_path, b'[\n{"messages": []}]\n{"messages": []}'))
    assert error.params["cause"].params == {"line": 3}


def test_a_folder_a_missing_file_and_a_stream_are_rejected(tmp_path: Path) -> None:
    assert error_of(tmp_path).code == "ingest.file.folder"
    assert error_of(tmp_path / "missing.jsonl").code == "ingest.file.missing"
    assert error_of(Path("/dev/null")).code == "ingest.file.stream"


def test_one_good_line_among_bad_ones_makes_a_file_readable(tmp_path: Path) -> None:
    source = open_source(file_of(tmp_path, b"oops\n" * 500 + GOOD))
    assert source.format is Format.AUTO
    assert sum(1 for _ in source.rows()) == 501


def test_a_row_in_the_format_of_another_tool_does_not_refuse_the_good_ones(tmp_path: Path) -> None:
    content = b'{"instruction": "a", "output": "b"}\n' * 20 + GOOD
    assert open_source(file_of(tmp_path, content)).format is Format.AUTO


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(
    "layout", ["[{}, {}]", "[\n{},\n{}\n]", "[{}\n,{}]", "\n\n[\n\n{},\n{},\n]"]
)
def test_a_list_is_read_whole_in_any_layout(
    tmp_path: Path, layout: str, mark: str, end: str
) -> None:
    first = json.dumps({"a": 'say "[}" \\', "b": [{}, "ü"]}, ensure_ascii=False)
    second = json.dumps({"c": {"d": [1, 2]}}, indent=2)
    content = (mark + layout.format(first, second) + end).encode()
    path = file_of(tmp_path, content)
    rows = rows_of(path)
    assert [json.loads(row.raw) for row in rows] == [json.loads(first), json.loads(second)]
    for row in rows:
        assert content.splitlines()[row.line - 1].find(row.raw.splitlines()[0]) >= 0


SMALL_TEXT = st.text(max_size=5)


@given(
    st.lists(
        st.dictionaries(SMALL_TEXT, SMALL_TEXT | st.lists(SMALL_TEXT, max_size=2), max_size=3),
        max_size=4,
    ),
    st.integers(1, 40),
    st.sampled_from([None, 1]),
)
def test_a_list_is_cut_alike_wherever_its_bytes_are_cut(
    rows: list[dict[str, Any]], size: int, indent: int | None
) -> None:
    content = json.dumps(rows, ensure_ascii=size % 2 == 0, indent=indent).encode("utf-8", "replace")
    splitter = ElementSplitter()
    parts = [content[at : at + size] for at in range(0, len(content), size)]
    found = [row for part in parts for row in splitter.feed(part)]
    splitter.finish()
    assert [json.loads(row.raw) for row in found] == json.loads(content)


def test_an_endless_element_of_a_list_is_passed_over_and_the_next_one_read(tmp_path: Path) -> None:
    endless = b'{"a": "' + b"x" * (2 * MAX_ROW_BYTES) + b'"}'
    rows = rows_of(file_of(tmp_path, b'[{"a": 1},\n' + endless + b',{"a": 2}]'))
    assert public_codes(rows) == [None, "row_too_long", None]
    assert len(rows[1].raw) <= 1000


def test_lines_of_which_the_first_is_a_list_are_still_lines(tmp_path: Path) -> None:
    source = open_source(file_of(tmp_path, b"[1]\n" + GOOD))
    assert [row.line for row in source.rows()] == [1, 2]


def test_lines_keep_their_numbers_over_blank_ones_and_the_byte_order_mark(tmp_path: Path) -> None:
    path = file_of(tmp_path, b"\xef\xbb\xbf{}\n\n  \r\n{}\r\n\n{}")
    rows = list(rows_of(path))
    assert [(row.line, row.raw) for row in rows] == [(1, b"{}"), (4, b"{}"), (6, b"{}")]
    assert rows[-1].end == path.stat().st_size


def test_other_marks_that_end_lines_in_some_alphabets_do_not_end_rows(tmp_path: Path) -> None:
    row = json.dumps({"a": "x\u2028y\u0085z\x0c"}, ensure_ascii=False).encode()
    assert [read.raw for read in rows_of(file_of(tmp_path, row))] == [row]


def test_a_line_without_end_is_passed_over_and_the_next_one_read(tmp_path: Path) -> None:
    endless = b'{"messages": "' + b"x" * (2 * MAX_ROW_BYTES) + b'"}\n'
    rows = list(rows_of(file_of(tmp_path, GOOD + endless + GOOD)))
    assert [row.line for row in rows] == [1, 2, 3]
    assert public_codes(rows) == [None, "row_too_long", None]
    assert len(rows[1].raw) <= 1000
    assert rows[2].raw == GOOD.strip()


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_may_be_cut_by_commas_semicolons_or_tabs(tmp_path: Path, delimiter: str) -> None:
    lines = [delimiter.join(row) for row in (["User", " assistant "], ["hi", "hello"])]
    source = open_source(file_of(tmp_path, "\n".join(lines).encode(), "a.csv"))
    assert source.format is Format.CSV
    assert [row.cells for row in source.rows()] == [{"user": "hi", "assistant": "hello"}]


def test_a_quoted_line_break_stays_in_its_cell_and_lines_are_counted(tmp_path: Path) -> None:
    content = 'user,assistant\n"one\ntwo","he said ""no"""\n\nthree,four\n'
    rows = list(open_source(file_of(tmp_path, content.encode(), "a.csv")).rows())
    assert [(row.line, row.cells) for row in rows] == [
        (2, {"user": "one\ntwo", "assistant": 'he said "no"'}),
        (5, {"user": "three", "assistant": "four"}),
    ]
    assert rows[0].raw == b'"one\ntwo","he said ""no"""'


def test_a_broken_quote_costs_one_row_and_not_the_rest(tmp_path: Path) -> None:
    content = 'user,assistant\na,b\n"open,c\nd,e\nf,g\n'
    rows = list(open_source(file_of(tmp_path, content.encode(), "a.csv")).rows())
    assert [row.line for row in rows] == [2, 3, 4, 5]
    assert public_codes(rows) == [None, "bad_quotes", None, None]


@pytest.mark.parametrize(
    "line", ['a","c', '15" screen,"open', '"', '"a', 'a,"b""', "", '"a"b', '"","', "x"]
)
def test_growth_the_lines_of_a_table_are_scanned_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(table, "MAX_RECORD_LINES", 100)
    scan_line, scanned = table.scan_line, []

    def counting(text: str, *arguments: Any, **options: Any) -> table.Scan:
        scanned.append(len(text))
        return scan_line(text, *arguments, **options)

    monkeypatch.setattr(table, "scan_line", counting)
    for count in (500, 1000, 2000):
        content = "user,assistant\n" + f"{line}\n" * count
        path = file_of(tmp_path, content.encode(), "a.csv")
        scanned.clear()
        rows = list(read_table(path, dialect=Dialect()))
        assert len(scanned) <= 2 * (count + 1)
        assert sum(scanned) <= 2 * len(content)
        assert sum(row.raw.count(b"\n") + 1 for row in rows) <= count


def test_an_open_quote_holds_a_bounded_part_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "MAX_ROW_BYTES", 1000)
    content = 'user,assistant\na,"open\n' + f"{'x' * 90},y\n" * 40 + 'c,"d\ne"\n'
    rows = list(read_table(file_of(tmp_path, content.encode()), dialect=Dialect()))
    assert rows[0].error == table.UNCLOSED_QUOTE
    assert (rows[0].line, rows[0].raw) == (2, b'a,"open')
    assert [row.line for row in rows[1:]] == list(range(3, 44))
    assert rows[-1].cells == {"user": "c", "assistant": "d\ne"}


def test_an_endless_line_inside_an_open_quote_is_refused_by_itself(tmp_path: Path) -> None:
    content = b'user,assistant\na,"open\n' + b"x" * (2 * MAX_ROW_BYTES) + b'"\nc,d\n'
    rows = list(read_table(file_of(tmp_path, content), dialect=Dialect()))
    assert public_codes(rows) == ["bad_quotes", "row_too_long", None]


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ('user, assistant\n"a, b", "c"\n', {"user": "a, b", "assistant": "c"}),
        ('"user", "assistant"\nPlain?, "c, d" \n', {"user": "Plain?", "assistant": "c, d"}),
        ("user , assistant\nPlain? , yes\n", {"user": "Plain?", "assistant": "yes"}),
        ('user,assistant\n a,"b" \n', {"user": " a", "assistant": "b"}),
        ("sep=;\r\nuser;assistant\r\na,b;c\r\n", {"user": "a,b", "assistant": "c"}),
        ('"sep=|"\nuser|assistant\na|c\n', {"user": "a", "assistant": "c"}),
        ("\ufeffsep=;\nuser;assistant\n\na;c\n", {"user": "a", "assistant": "c"}),
    ],
)
def test_spaces_beside_separators_and_the_line_of_excel_are_read_as_meant(
    tmp_path: Path, content: str, cells: dict[str, str]
) -> None:
    source = open_source(file_of(tmp_path, content.encode(), "a.csv"))
    assert [row.cells for row in source.rows()] == [cells]


def test_a_row_with_more_cells_than_the_header_is_refused(tmp_path: Path) -> None:
    content = b"user,assistant\nhello, you,yes\nhi,\nhi\n"
    rows = list(open_source(file_of(tmp_path, content, "a.csv")).rows())
    assert public_codes(rows) == ["too_many_cells", None, None]


@pytest.mark.parametrize(
    ("header", "codes"),
    [
        ("text,category", {"table.no_user_column", "unread_key", "unread_key.guess"}),
        ("assistant", {"table.no_user_column.only"}),
        ("user,assistant,user", {"table.column_twice"}),
        ("question,answer", {"table.no_user_column", "unread_key.guess"}),
        ("user,answer,intent", {"table.no_assistant_column", "unread_key.guess"}),
    ],
)
@pytest.mark.parametrize("format_", ["auto", "csv"])
def test_a_table_without_the_columns_is_rejected(
    tmp_path: Path, header: str, codes: set[str], format_: str
) -> None:
    path = file_of(tmp_path, f"{header}\na,b\n".encode(), "a.csv")
    assert codes_in(error_of(path, format_=format_)) >= {f"ingest.{code}" for code in codes}


@pytest.mark.parametrize(
    ("column", "guess"),
    [("question", "user"), ("Answer ", "assistant"), ("lang", "language"), ("colour", "")],
)
def test_a_column_that_is_not_read_is_mapped_to_the_key_that_was_meant(
    column: str, guess: str
) -> None:
    assert unread_key_message(column, is_table=True).params.get("guess", "") == guess


cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r"), min_size=1, max_size=20
).filter(lambda text: bool(text.strip()))


@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=6),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_a_table_that_was_written_by_a_program_comes_back_as_it_was(
    tmp_path: Path, rows: list[tuple[str, str]], quoting: Literal[0, 1]
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=quoting)
    writer.writerows([("user", "assistant"), *rows])
    source = open_source(file_of(tmp_path, text.getvalue().encode(), "a.csv"))
    assert [tuple((row.cells or {}).values()) for row in source.rows()] == rows


@pytest.mark.parametrize("content", [b"\0\r\0", b"user,assistant\rHello,Hi\r"])
def test_a_table_without_line_ends_is_told_to_be_saved_again(
    tmp_path: Path, content: bytes
) -> None:
    error = error_of(file_of(tmp_path, content), format_="csv")
    assert error.code == "ingest.table.no_header"


@given(st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_bytes_are_rows_or_one_sentence(tmp_path: Path, content: bytes) -> None:
    for format_ in ("auto", "csv"):
        try:
            rows = list(open_source(file_of(tmp_path, content), format_=format_).rows())
        except UnreadableFile as error:
            assert str(error).endswith(".")
        else:
            assert [row.line for row in rows] == sorted(row.line for row in rows)


def test_chunks_are_bounded_by_rows_and_by_bytes() -> None:
    small = [RawRow(line, line, b"{}") for line in range(CHUNK_ROWS + 1)]
    assert [len(chunk) for chunk in chunks(small)] == [CHUNK_ROWS, 1]
    large = [RawRow(line, line, b"x" * CHUNK_BYTES) for line in range(3)]
    assert [len(chunk) for chunk in chunks(large)] == [1, 1, 1]
