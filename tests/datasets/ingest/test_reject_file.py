"""The file of rejected rows, which people correct and import again."""

import json
from pathlib import Path

from django.utils.translation import override

from datasets.ingest.files.raw import RejectedRow
from datasets.ingest.rejects import RejectFile, reject_path
from reviewapp.core.messages import message


def rejected(line: int, raw: bytes = b"oops") -> RejectedRow:
    return RejectedRow(line, message("ingest.empty_row"), line, raw)


def test_rejected_rows_are_kept_whole_with_line_and_english_reason(tmp_path: Path) -> None:
    file = RejectFile(tmp_path / "r.jsonl")
    with override("de"):
        file.add([rejected(3, '{"è": '.encode())])
    file.add([rejected(9)])
    lines = [json.loads(line) for line in file.path.read_text().splitlines()]
    assert [line["line"] for line in lines] == [3, 9]
    assert lines[0] == {
        "line": 3,
        "code": "empty_row",
        "message": "The row has neither a question nor an answer. Write one, or remove the row.",
        "row": '{"è": ',
    }


def test_an_import_that_goes_on_writes_again_what_was_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    RejectFile(path).add([rejected(1), rejected(2), rejected(3)])
    again = RejectFile(path, keep=1)
    again.add([rejected(2), rejected(3)])
    assert [json.loads(line)["line"] for line in path.read_text().splitlines()] == [1, 2, 3]


def test_an_import_without_rejected_rows_leaves_no_old_file_behind(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    RejectFile(path).add([rejected(1)])
    RejectFile(path).add([])
    assert not path.exists()


def test_the_reject_file_lies_beside_the_file(tmp_path: Path) -> None:
    path = reject_path(tmp_path / "a.jsonl", fallback=tmp_path / "elsewhere")
    assert path == tmp_path / "a.jsonl.rejected.jsonl"
