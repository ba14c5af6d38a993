"""Files that are one object around a list of rows, and files that are one object too large."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from datasets.ingest.files import wrapped
from datasets.ingest.files.json_rows import json_rows
from datasets.ingest.files.opening import check_beginning, open_source
from datasets.ingest.files.raw import MAX_ROW_BYTES, RawRow, UnreadableFile
from datasets.ingest.files.wrapped import MAX_LISTS, PART, find_wrapper
from reviewapp.core.messages import Message
from tests.factories.imports import make_row
from tests.sentences import codes_in

ROWS = [make_row(1), make_row(2)]
SHAREGPT = {"conversations": [{"from": "human", "value": "Where?"}]}


def file_of(folder: Path, value: object, indent: int | None = None) -> Path:
    path = folder / "file.json"
    content = value if isinstance(value, str) else json.dumps(value, indent=indent)
    path.write_text(content, encoding="utf-8")
    return path


def rows_of(path: Path) -> list[RawRow]:
    with path.open("rb") as file:
        return list(json_rows(file))


def error_of(path: Path) -> Message:
    with pytest.raises(UnreadableFile) as caught:
        open_source(path)
    return caught.value.message


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "value",
    [
        {"data": ROWS},
        {"conversations": ROWS},
        {"name": "a ] \\ }", "labels": [], "about": {"tools": [{}]}, "any": ROWS, "end": [1]},
        {"examples": [SHAREGPT, SHAREGPT]},
        {"dialogs": [{"question": "Where?", "answer": "Here."}] * 2},
        {"items": [{"customer": "Where?"}, {"customer": "When?"}]},
    ],
)
def test_the_one_list_of_rows_in_an_object_is_read_in_any_layout(
    tmp_path: Path, value: dict[str, Any], indent: int | None
) -> None:
    path = file_of(tmp_path, value, indent)
    rows = rows_of(path)
    [listed] = [part for part in value.values() if isinstance(part, list) and len(part) == 2]
    assert [json.loads(row.raw) for row in rows] == listed
    assert [row.line for row in rows] == [1, 2]
    assert path.read_bytes()[: rows[0].end - 1].endswith(rows[0].raw)
    source = open_source(path)
    assert source.notes == {"numbered_in_list": 1}
    assert [row.raw for row in source.rows()] == [row.raw for row in rows]


@pytest.mark.parametrize(
    "value",
    [
        SHAREGPT,
        {"messages": ROWS[0]["messages"]},
        {"messages": ROWS[0]["messages"], "items": [{"sku": 1}]},
        {"tools": [{"type": "function"}], "messages": ROWS[0]["messages"]},
        {"contents": [{"role": "user", "parts": [{"text": "Where?"}]}]},
    ],
)
def test_an_object_that_is_a_row_is_one_row(tmp_path: Path, value: dict[str, Any]) -> None:
    [row] = rows_of(file_of(tmp_path, value))
    assert json.loads(row.raw) == value


@pytest.mark.parametrize(("indent", "lines"), [(None, [1, 2]), (0, [2, 11])])
def test_rows_of_a_list_on_one_line_are_numbered_by_their_place(
    tmp_path: Path, indent: int | None, lines: list[int]
) -> None:
    path = file_of(tmp_path, [{"a": [1, 2, 3, 4, 5]}, {"a": 2}], indent)
    assert [row.line for row in rows_of(path)] == lines
    assert bool(open_source(path).notes) == (indent is None)


def test_objects_around_lists_on_lines_of_their_own_are_rows(tmp_path: Path) -> None:
    line = json.dumps({"data": ROWS})
    assert "ingest.shape.wrapped" in codes_in(error_of(file_of(tmp_path, f"{line}\n{line}\n")))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (json.dumps({"train": ROWS, "test": ROWS}), "wrapper_two_lists"),
        (json.dumps({"data": ROWS})[:-1], "wrapper_broken"),
        (json.dumps({"data": ROWS})[:-2], "list_not_closed"),
        (json.dumps({"data": ROWS}) + "]", "wrapper_broken"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_by_name(
    tmp_path: Path, content: str, code: str
) -> None:
    error = error_of(file_of(tmp_path, content))
    assert f"ingest.{code}" in codes_in(error)
    assert error.params["name"] == "file.json"


def test_rows_of_any_number_are_read_and_one_object_too_large_is_named_with_its_size(
    tmp_path: Path,
) -> None:
    large = [{**ROWS[0], "metadata": {"text": "x" * 2**20}} for _ in range(5)]
    for indent in (None, 1):
        path = file_of(tmp_path, {"data": large, "end": 1}, indent)
        assert check_beginning(path).size == path.stat().st_size
        assert len(list(open_source(path).rows())) == 5
        error = error_of(file_of(tmp_path, {"text": ["x" * 2**20] * 5}, indent))
        assert error.code == "ingest.file.object_too_large"
        assert (error.params["size"], error.params["limit"]) == (6, MAX_ROW_BYTES // 2**20)


@pytest.mark.parametrize("end", [b"", b"\\"])
def test_a_long_string_that_is_cut_off_is_passed_over_at_once(end: bytes) -> None:
    parts = [part[0] for part in PART.finditer(b'{"a": "' + b'\\"' * 1000 + end)]
    assert (parts[:2], len(parts)) == ([b"{", b'"a"'], 3)


def test_few_of_many_lists_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bytes] = []
    monkeypatch.setattr(wrapped, "_first_element", opened.append)
    lists = b",".join(b'"k": [{}]' for _ in range(1000))
    assert find_wrapper(BytesIO(b"{" + lists + b"}")) is None
    assert len(opened) == MAX_LISTS
