"""Files that have to be unpacked first: gzip, ZIP, Excel, Parquet, data sets in folders."""

import gzip
import importlib
import importlib.util
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from datasets.conversations.errors import ShapeError
from datasets.ingest.files import packed, spool, workbooks
from datasets.ingest.files.opening import check_beginning, open_source
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format, Source
from reviewapp.core.messages import Message
from tests.factories.workbooks import Rows, write_workbook

TABLE = "user;assistant\nWie heißt du?;Ada\n"


def chat(text: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


def lines_of(*texts: str) -> bytes:
    return b"".join(json.dumps(chat(text)).encode() + b"\n" for text in texts)


def questions(source: Source) -> list[tuple[int, str]]:
    rows = [(raw.line, read_row(raw, source.format)) for raw in source.rows()]
    return [(line, row.content.messages[0]["content"]) for line, row in rows]


def zip_of(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def error_of(path: Path) -> Message:
    with pytest.raises(UnreadableFile) as caught:
        open_source(path)
    return caught.value.message


def test_a_file_in_gzip_is_read_as_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines_of("one", "two")))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(TABLE.encode()))
    source = check_beginning(tmp_path / "a.jsonl.gz")
    assert questions(source) == [(1, "one"), (2, "two")]
    assert questions(open_source(tmp_path / "b.csv.gz")) == [(2, "Wie heißt du?")]


def test_a_temporary_file_goes_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines_of("one")))
    source = open_source(tmp_path / "a.jsonl.gz")
    path = source.path
    assert path.exists()
    del source
    assert not path.exists()


def test_files_in_an_archive_are_read_as_one(tmp_path: Path) -> None:
    members = {"b/../../x.csv": TABLE.encode(), "a.jsonl": lines_of("one", "two"), "me.txt": b"-"}
    path = zip_of(tmp_path / "all.zip", **members, **{"__MACOSX/a.jsonl": b"-"})
    source = open_source(path)
    assert questions(source) == [(1, "one"), (2, "two"), (4, "Wie heißt du?")]
    assert source.notes == {"files_left_out": 1}
    ends = [row.end for row in source.rows()]
    assert ends == sorted(ends)
    assert ends[-1] == source.size


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (gzip.compress(lines_of("one"), mtime=0)[:-9], "packed.damaged"),
        (b"PK\x03\x04 and so on", "packed.damaged"),
        (gzip.compress(bytes(90 * 1024**2), 1, mtime=0), "packed.too_large"),
        (gzip.compress(b"\xff\xfe", mtime=0), "file.utf16"),
    ],
    ids=["cut", "no archive", "bomb", "not UTF-8"],
)
def test_what_cannot_be_unpacked_has_one_reason(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(content)
    assert error_of(path).code == f"ingest.{code}"


def test_an_archive_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zip_of(tmp_path / "a.zip", **{f"{n}.jsonl": lines_of("a" * 900) for n in range(3)})
    assert error_of(zip_of(tmp_path / "b.zip", **{"a.txt": b""})).code == "ingest.packed.nothing"
    monkeypatch.setattr(spool, "ALWAYS_ALLOWED_BYTES", 2000)
    monkeypatch.setattr(spool, "MAX_RATIO", 1)
    assert error_of(path).code == "ingest.packed.too_large"
    monkeypatch.setattr(packed, "MAX_MEMBERS", 2)
    assert error_of(path).code == "ingest.packed.many"


def test_a_workbook_is_a_table_with_the_numbers_of_its_rows(tmp_path: Path) -> None:
    rows: Rows = {
        3: ["User", "Assistant", "external_id", "Score"],
        4: ["Hi", "=A1", 7, 0.5],
        6: ["ß & <b>", "Hello", 8.0, ""],
        7: ["a", "b", "", "", "more"],
    }
    path = write_workbook(tmp_path / "a.xlsx", {"Blatt 1": {}, "Data": rows, "Other": {1: ["x"]}})
    source = check_beginning(path)
    assert (source.format, source.unread) == (Format.CSV, ("score",))
    assert source.notes == {"sheets_left_out": 1}
    first, second, third = source.rows()
    row = read_row(first, source.format)
    assert [turn["content"] for turn in row.content.messages] == ["Hi", "42"]
    assert (row.external_id, row.metadata) == ("7", {"unknown": {"score": "0.5"}})
    assert (first.line, second.line) == (4, 6)
    assert json.loads(second.raw)["user"] == "ß & <b>"
    assert third.error
    assert third.error.code == "ingest.too_many_cells"


def test_a_workbook_that_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = write_workbook(tmp_path / "b.xlsx", {"A": {1: ["question", "reply"]}})
    assert error_of(wrong).code == "ingest.table.no_user_column"
    empty = write_workbook(tmp_path / "c.xlsx", {"A": {1: ["user", "assistant"]}})
    assert error_of(empty).code == "ingest.workbook.empty"
    monkeypatch.setattr(workbooks, "MAX_XML_BYTES", 100)
    assert error_of(empty).code == "ingest.workbook.too_large"


def test_a_workbook_with_cells_too_far_apart_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: Rows = {1: ["user", "assistant"], 2: ["a", "b", *[None] * 700, "z"], 100: ["c", "d"]}
    path = write_workbook(tmp_path / "a.xlsx", {"A": rows})
    assert [raw.line for raw in open_source(path).rows()] == [2, 100]
    # The reader would hold a place for each cell between them.
    monkeypatch.setattr(workbooks, "MAX_CELLS", 100 * 703 - 1)
    monkeypatch.setattr(workbooks, "CalamineWorkbook", None)
    assert error_of(path).code == "ingest.workbook.too_wide"
    monkeypatch.setattr(workbooks, "MAX_CELLS", 100 * 703)
    monkeypatch.setattr(workbooks, "MAX_READ_CELLS", 100 * 703)
    twice = write_workbook(tmp_path / "b.xlsx", {"A": rows, "B": {1: ["x"]}})
    assert error_of(twice).code == "ingest.workbook.too_wide"


@pytest.mark.parametrize("broken", [b"<worksheet", b'<?xml version="1.0" encoding="none"?><a/>'])
def test_a_sheet_whose_size_cannot_be_checked_is_damaged(tmp_path: Path, broken: bytes) -> None:
    path = write_workbook(tmp_path / "a.xlsx", {"A": {1: ["user"]}})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/media/image1.png"] = b"\x89PNG"
    read = zip_of(tmp_path / "b.xlsx", **members)
    assert error_of(read).code == "ingest.workbook.empty"
    read = zip_of(tmp_path / "c.xlsx", **members | {"xl/worksheets/sheet1.xml": broken})
    assert error_of(read).code == "ingest.packed.damaged"


def test_a_parquet_file_without_its_reader_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"PAR1 and so on")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert error_of(path).code == "ingest.columnar.missing"


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_parquet_and_arrow_files_are_read(tmp_path: Path) -> None:
    arrow: Any = importlib.import_module("pyarrow")
    parquet: Any = importlib.import_module("pyarrow.parquet")
    table = arrow.Table.from_pylist([chat("one"), chat("two")])
    parquet.write_table(table, tmp_path / "a.parquet")
    assert questions(open_source(tmp_path / "a.parquet")) == [(1, "one"), (2, "two")]
    folder = tmp_path / "saved" / "test"
    folder.mkdir(parents=True)
    (tmp_path / "saved" / "dataset_dict.json").write_text('{"splits": ["test"]}')
    (folder / "state.json").write_text('{"_data_files": [{"filename": "data-0.arrow"}]}')
    with arrow.ipc.new_stream(str(folder / "data-0.arrow"), table.schema) as writer:
        writer.write_table(table)
    source = open_source(tmp_path / "saved")
    assert questions(source) == [(1, "one"), (2, "two")]
    assert {read_row(row, source.format).split for row in source.rows()} == {"test"}
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and so on")
    assert error_of(tmp_path / "a.parquet").code == "ingest.packed.damaged"


def test_a_folder_of_a_data_set_names_the_splits(tmp_path: Path) -> None:
    (tmp_path / "dataset_info.json").write_text("{}")
    (tmp_path / "train.jsonl").write_bytes(lines_of("one", "two"))
    (tmp_path / "test-00000.csv").write_text(TABLE)
    source = open_source(tmp_path)
    found = [read_row(row, source.format) for row in source.rows()]
    assert [row.split for row in found] == ["test", "train", "train"]
    (tmp_path / "dataset_info.json").unlink()
    assert error_of(tmp_path).code == "ingest.file.folder"


def test_a_bad_row_in_an_archive_keeps_its_line(tmp_path: Path) -> None:
    path = zip_of(
        tmp_path / "a.zip", **{"a.jsonl": lines_of("one") + b"{", "b.jsonl": lines_of("two")}
    )
    source = open_source(path)
    _first, bad, last = source.rows()
    assert (bad.line, last.line) == (2, 3)
    with pytest.raises(ShapeError):
        read_row(bad, source.format)


def test_a_stream_that_ends_too_early_is_damaged(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", lines_of("one", "two"))
    content = bytearray(buffer.getvalue())
    content[45] ^= 0xFF
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert error_of(path).code == "ingest.packed.damaged"
