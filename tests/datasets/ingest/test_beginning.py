"""What of a large upload is refused at once, and what is left to the worker."""

import re
from pathlib import Path

import pytest

from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.source import BEGINNING_BYTES, Format, check_beginning, open_source

GOOD = b'{"messages": []}\n'
FOREIGN = b'{"conversations": []}\n'
MORE_THAN_THE_BEGINNING = GOOD * (BEGINNING_BYTES // len(GOOD) + 1)


def stored(folder: Path, content: bytes, name: str = "file.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def problem_of(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        open_source(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x1f\x8b\x08", "gzip"),
        (GOOD * 2 + b"caf\xe9\n", "line 3 has other bytes"),
        (FOREIGN * 50, "ShareGPT"),
        (b'{"rows": [\n', "Line 1: The line is not JSON: it ends before"),
        (b"[\n" + GOOD + b"}]\n", "a bracket does not match"),
        (b"assistant;label\n", "no column `user`"),
        (b"[" + b",".join([FOREIGN] * 80_000) + b"]" + b" " * BEGINNING_BYTES, "ShareGPT"),
    ],
)
def test_what_the_beginning_of_a_large_file_shows_is_refused_at_once(
    tmp_path: Path, content: bytes, says: str
) -> None:
    more = b"" if len(content) > BEGINNING_BYTES else MORE_THAN_THE_BEGINNING
    path = stored(tmp_path, content + more)
    with pytest.raises(UnreadableFile, match=re.escape(says)) as caught:
        check_beginning(path)
    assert str(caught.value) == problem_of(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (MORE_THAN_THE_BEGINNING + b"\xff", "other bytes"),
        (b"[" + MORE_THAN_THE_BEGINNING.replace(b"}\n", b"},\n"), "not closed"),
        (b" \n" * BEGINNING_BYTES, "empty"),
        (b"oops\n" * BEGINNING_BYTES, "not JSON lines"),
        (FOREIGN[:-2] + b'"a' + b"a" * BEGINNING_BYTES, "not JSON lines"),
        (FOREIGN.replace(b"[]", b'["' + b"a" * 50_000 + b'"]') * 30, "ShareGPT"),
    ],
)
def test_what_shows_later_in_a_large_file_is_left_to_the_worker(
    tmp_path: Path, content: bytes, says: str
) -> None:
    path = stored(tmp_path, content)
    assert check_beginning(path).size == len(content)
    assert says in problem_of(path)


@pytest.mark.parametrize(
    "content",
    [
        "é".encode() * BEGINNING_BYTES,
        b"{" + "é".encode() * BEGINNING_BYTES,
        b"a" + "é".encode() * BEGINNING_BYTES + b"\n" + GOOD,
        b"oops\n" * (BEGINNING_BYTES // 4) + GOOD,
        FOREIGN * 49 + b" \n" * BEGINNING_BYTES + GOOD,
    ],
)
def test_a_large_file_that_may_be_good_is_taken(tmp_path: Path, content: bytes) -> None:
    assert check_beginning(stored(tmp_path, content)).format is Format.AUTO


def test_the_beginning_of_a_large_table_names_its_columns(tmp_path: Path) -> None:
    path = stored(tmp_path, b"user;assistant;label\n" + b"a;b;c\n" * 200_000, "a.csv")
    assert check_beginning(path) == open_source(path)
