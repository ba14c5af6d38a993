"""What of a large upload is refused at once, and what is left to the worker."""

from pathlib import Path

import pytest

from datasets.ingest.files import source
from datasets.ingest.files.opening import check_beginning, open_source
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.source import Format
from reviewapp.core.messages import Message
from tests.sentences import codes_in

BEGINNING_BYTES = 2**16
"""Less than the product reads at once, so that a short file is a large one."""
GOOD = b'{"messages": []}\n'
FOREIGN = b'{"conversations": []}\n'
MORE_THAN_THE_BEGINNING = GOOD * (BEGINNING_BYTES // len(GOOD) + 1)


@pytest.fixture(autouse=True)
def _short_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BEGINNING_BYTES", BEGINNING_BYTES)


def stored(folder: Path, content: bytes, name: str = "file.jsonl") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def error_of(path: Path) -> Message:
    with pytest.raises(UnreadableFile) as caught:
        open_source(path)
    return caught.value.message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\x1f\x8b\x08", "packed.damaged"),
        (GOOD * 2 + b"caf\xe9\n", "file.not_utf8"),
        (FOREIGN * 50, "shape.sharegpt"),
        (b'{"rows": [\n', "not_json.ends_early"),
        (b"[\n" + GOOD + b"}]\n", "misplaced_bracket"),
        (b"assistant;label\n", "table.no_user_column"),
        (b"[" + b",".join([FOREIGN] * 5_000) + b"]" + b" " * BEGINNING_BYTES, "shape.sharegpt"),
    ],
)
def test_what_the_beginning_of_a_large_file_shows_is_refused_at_once(
    tmp_path: Path, content: bytes, code: str
) -> None:
    more = b"" if len(content) > BEGINNING_BYTES else MORE_THAN_THE_BEGINNING
    path = stored(tmp_path, content + more)
    with pytest.raises(UnreadableFile) as caught:
        check_beginning(path)
    assert f"ingest.{code}" in codes_in(caught.value.message)
    assert caught.value.message == error_of(path)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (MORE_THAN_THE_BEGINNING + b"\xff", "file.not_utf8"),
        (b"[" + MORE_THAN_THE_BEGINNING.replace(b"}\n", b"},\n"), "list_not_closed"),
        (b" \n" * BEGINNING_BYTES, "file.empty"),
        (b"oops\n" * BEGINNING_BYTES, "file.not_json_lines"),
        (FOREIGN[:-2] + b'"a' + b"a" * BEGINNING_BYTES, "not_json.at"),
        (FOREIGN.replace(b"[]", b'["' + b"a" * 5_000 + b'"]') * 30, "shape.sharegpt"),
    ],
)
def test_what_shows_later_in_a_large_file_is_left_to_the_worker(
    tmp_path: Path, content: bytes, code: str
) -> None:
    path = stored(tmp_path, content)
    assert check_beginning(path).size == len(content)
    assert f"ingest.{code}" in codes_in(error_of(path))


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
    path = stored(tmp_path, b"user;assistant;label\n" + b"a;b;c\n" * 20_000, "a.csv")
    assert check_beginning(path) == open_source(path)
