"""Uploaded files of answers on the disk: one with both models, or prompts and a file for each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.conversations.errors import RowError, ShapeError
from datasets.ingest.files.json_rows import objects_in
from datasets.ingest.files.lines import read_lines
from datasets.ingest.files.rows import row_of_cells
from datasets.ingest.files.source import check_is_text, check_utf8
from datasets.ingest.files.table import header_of, read_table, separator_line
from evaluation.runs.rows import AnswerFile, AnswerRow, answer_rows, joined_rows

SIGNATURE_BYTES = 8
# Cells that hold numbers; a table has only texts.
NUMBER_COLUMNS = ("served", "latency_ms", "prompt_tokens", "completion_tokens")


@dataclass(frozen=True)
class StoredFile:
    """A file on the disk, and the name under which it was uploaded."""

    path: Path
    name: str

    def check(self) -> None:
        """Check that it is UTF-8 text.

        Raises:
            UnreadableFile: it is not, or it is empty.
        """
        with self.path.open("rb") as file:
            check_is_text(file.read(SIGNATURE_BYTES), self.name)
        check_utf8(self.path, self.name)

    def objects(self) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
        """Yield the line of each row with its object, or with the reason why it has none."""
        if _is_table(self.path):
            yield from _table_objects(self.path)
            return
        with self.path.open("rb") as file:
            yield from objects_in(file)


def rows_of(files: Mapping[str, StoredFile]) -> Iterator[AnswerRow | RowError]:
    """Yield the rows of an upload from the beginning of its files.

    Args:
        files: `both`; or `prompts`, `baseline` and `candidate`.
    """
    if "both" in files:
        yield from answer_rows(files["both"].objects())
        return
    baseline, candidate = files["baseline"], files["candidate"]
    yield from joined_rows(
        files["prompts"].objects(),
        baseline=AnswerFile(baseline.name, baseline.objects()),
        candidate=AnswerFile(candidate.name, candidate.objects()),
    )


def _first_lines(path: Path) -> Iterator[str]:
    texts = (line.raw.decode(errors="replace").strip("\r\n") for line in read_lines(path))
    return (text for text in texts if text.strip())


def _is_table(path: Path) -> bool:
    return not next(_first_lines(path), "").lstrip("\ufeff ").startswith(("{", "["))


def _table_objects(path: Path) -> Iterator[tuple[int, Mapping[str, Any] | RowError]]:
    lines = _first_lines(path)
    first = next(lines, "")
    separator = separator_line(first)
    _columns, dialect = header_of(next(lines, "") if separator else first, delimiter=separator)
    for raw in read_table(path, dialect=dialect):
        if raw.error is not None:
            yield raw.line, RowError(raw.line, raw.error)
            continue
        try:
            yield raw.line, _object(raw.cells or {})
        except ShapeError as error:
            yield raw.line, RowError(raw.line, error.message)


def _object(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of a table as an object; a prompt may be called `prompt` or `user`."""
    named = dict(cells)
    if "user" not in named and "messages" not in named and "prompt" in named:
        named["user"] = named.pop("prompt")
    row = row_of_cells(named)
    for column in NUMBER_COLUMNS:
        if isinstance(row.get(column), str) and row[column].strip().isdecimal():
            row[column] = int(row[column])
    return row
