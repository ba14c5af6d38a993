"""Hostile files of any size for every reader of files, with how each is read."""

import gzip
import io
import json
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from datasets.conversations.errors import ShapeError
from datasets.ingest.files.mapping import row_keys
from datasets.ingest.files.opening import check_beginning, open_source
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.rejected import TableHeader, row_in, unwrapped
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.table import COMMA_SEPARATED
from evaluation.batches.results import read_results
from evaluation.providers.base import ProviderError
from evaluation.providers.reading import read_completion
from evaluation.results.outcome_rows import read_outcomes
from evaluation.results.vote_rows import read_votes
from evaluation.runs.answer_files import StoredFile, rows_of
from evaluation.runs.rows import read_answers, read_prompts
from evaluation.training.local.gguf_header import NotGGUFError, read_metadata
from evaluation.training.providers.result_csv import read_result_csv
from tests.factories.workbooks import write_workbook

USER, ANSWER = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}
ROW = json.dumps({"messages": [USER, ANSWER]})
LINE = f"{ROW}\n".encode()
HEADER = b"user,assistant\n"


class HostileFile(NamedTuple):
    """A file of any size.

    Attributes:
        read: reads it to its end.
        suffix: of its name.
        size: large enough to show how the time grows, small enough to be fast.
        content: of a file of this size.
    """

    read: Callable[[Path], object]
    suffix: str
    size: int
    content: Callable[[int], bytes]

    def prepared(self, folder: Path, size: int) -> Callable[[], object]:
        """Write the file; return what reads it."""
        path = folder / f"{size}.{self.suffix}"
        path.write_bytes(self.content(size))
        return partial(self.read, path)


def _import(path: Path, **mapping: str) -> None:
    with suppress(UnreadableFile):
        check_beginning(path, mapping=mapping)
    with suppress(UnreadableFile):
        source = open_source(path, mapping=mapping)
        for raw in source.rows():
            row_keys(raw.raw)
            with suppress(ShapeError):
                read_row(unwrapped(raw), source.format, mapping)


_import_mapped = partial(_import, k0="user", k1="assistant", k2="metadata", k3="skip")


def _stream(read: Callable[[Any], Any]) -> Callable[[Path], None]:
    def read_all(path: Path) -> None:
        with suppress(UnreadableFile, ProviderError, NotGGUFError), path.open("rb") as file:
            list(read(file))

    return read_all


def _uploaded_answers(path: Path) -> None:
    file = StoredFile(path, path.name)
    with suppress(UnreadableFile):
        file.check()
        list(rows_of({"both": file}))
        list(rows_of({"prompts": file, "baseline": file, "candidate": file}))


def _correct(path: Path) -> None:
    row_in(path.read_text(), TableHeader(("user", "assistant"), COMMA_SEPARATED))


def _completion(file: Any) -> list[object]:
    kind = "text/event-stream"
    return [read_completion(file.read(), content_type=kind, latency_ms=1, request_id="", key="k")]


def _keys(count: int, value: object = 1) -> dict[str, object]:
    return {f"k{number}": value for number in range(count)}


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _row(**fields: object) -> bytes:
    return _json({"messages": [USER, ANSWER], **fields})


def _columns(count: int) -> bytes:
    return ",".join(_keys(count)).encode()


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.jsonl", content)
        archive.writestr("b.csv", "user,assistant\nx,y\n")
    return file.getvalue()


def _gguf(keys: int, rest: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, keys) + rest


def _vote(**fields: object) -> bytes:
    return _json({"id": 1, "rater": "a", "verdict": "candidate", **fields}) + b"\n"


def _answered(number: int, **fields: object) -> bytes:
    return _json({"id": number, "user": "x", **fields}) + b"\n"


def _piece(text: str, reason: str = "") -> bytes:
    choice = {"delta": {"content": text}, "finish_reason": reason}
    return b"data: " + _json({"choices": [choice]}) + b"\n"


TURNS = [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}]
CALLED = {"from": "function_call", "value": '{"name": "a"}'}
PARTS = [{"type": "text", "text": "x"}]
REJECTED = _json({"line": 1, "code": "c", "message": "m", "row": ROW}) + b"\n"
RESULT = _json({"custom_id": "answer-1", "response": {"status_code": 200, "body": {}}}) + b"\n"
ROUND = [["x", "y"]]
ASKED = {"question": "x", "answer": "y"}

Contents = dict[str, tuple[int, Callable[[int], bytes]]]
CHATS: Contents = {
    "rows": (100, lambda n: LINE * n),
    "keys": (1000, lambda n: _row(**_keys(n))),
    "repeated keys": (500, lambda n: _row(**_keys(n))[:-1] + b', "k0": 1}'),
    "broken lines": (500, lambda n: b'{"a":"\n' * n),
    "nested objects": (2000, lambda n: b'{"a":' * n),
    "escaped quotes": (20_000, lambda n: b'{"a":"' + b'\\"' * n),
    "commas": (20_000, lambda n: b'{"a":1}' + b", " * n + b"x"),
    "long numbers": (1000, lambda n: _row(n=[10**21] * n)),
    "labels": (2000, lambda n: _row(tags=[*_keys(n)], policies=[*_keys(n)])),
    "text parts": (500, lambda n: _json({"messages": [{**USER, "content": PARTS * n}]})),
    "wrapped lists": (500, lambda n: _json({**_keys(n, [1]), "data": [USER]})),
    "rejected rows": (100, lambda n: REJECTED * n),
    "sharegpt": (100, lambda n: _json({"conversations": TURNS * n})),
    "calls of sharegpt": (60, lambda n: _json({"conversations": [*TURNS, CALLED] * n})),
    "gemini": (300, lambda n: _json({"contents": [{"parts": [{"text": "x"}] * n}]})),
    "preference": (60, lambda n: _json({"chosen": [USER, ANSWER] * n, "rejected": [USER] * n})),
    "preferred output": (
        60,
        lambda n: _json({"input": {"messages": [USER, ANSWER] * n}, "preferred_output": [ANSWER]}),
    ),
    "alpaca": (
        100,
        lambda n: _json({"instruction": "x", "output": "y", "history": [["x", "y"]] * n}),
    ),
    "pair": (100, lambda n: _json({**ASKED, "history": [["x", "y"]] * n})),
}
LISTS: Contents = {
    "list of rows": (60, lambda n: b"[" + b",".join([ROW.encode()] * n) + b"]"),
    "rows of an object": (60, lambda n: b'{"data": [' + b",".join([ROW.encode()] * n) + b"]}"),
    "open lists": (500, lambda n: b'[{"a": 1},' * n),
    "brackets": (10_000, lambda n: b"[" * n),
    "brackets on lines": (5000, lambda n: b"[\n" * n),
}
TABLES: Contents = {
    "columns": (1000, lambda n: HEADER[:-1] + b"," + _columns(n) + b"\n" + b"x," * (n + 2)),
    "one column often": (1000, lambda n: HEADER[:-1] + b",c" * n),
    "cells": (5000, lambda n: HEADER + b"x," * n),
    "open quotes": (500, lambda n: HEADER + b'a,"b\n' * n),
    "quotes": (20_000, lambda n: HEADER + b'"' * n),
    "spaces": (20_000, lambda n: b"user, assistant\n" + b" " * n + b'"x"' + b" " * n + b", y\n"),
}
MAPPED: Contents = {
    "mapped columns": (500, lambda n: _columns(n) + b"\n" + b"x," * n + b"\n"),
    "mapped keys": (500, lambda n: _json(_keys(n, "x"))),
}
PACKED: Contents = {
    "gzip": (100, lambda n: gzip.compress(LINE * n)),
    "zip": (60, lambda n: _zip(LINE * n)),
    "packed spaces": (500_000, lambda n: _zip(b" " * n)),
}
PROMPTS: Contents = {"prompts": (100, lambda n: LINE * n)}
ANSWERS: Contents = {
    "answers": (60, lambda n: _answered(1, baseline="a", candidate="b") * n),
    "keys of answers": (500, lambda n: _answered(1, baseline={"content": "a", **_keys(n)})),
}
UPLOADED: Contents = {
    "answers in files": (60, lambda n: b"".join(_answered(k, answer="a") for k in range(n))),
    "answers in a table": (200, lambda n: b"id,user,baseline,candidate\n" + b'1,x,"y\n' * n),
}
VOTES: Contents = {
    "votes": (300, lambda n: _vote(at="x", left="x") * n),
    "criteria of a vote": (1000, lambda n: _vote(criteria=_keys(n, "candidate"))),
}
OUTCOMES: Contents = {
    "outcomes": (300, lambda n: _vote(adjudicator="a", at="x", left="candidate") * n),
    "note of an outcome": (
        20_000,
        lambda n: _vote(adjudicator="a", at="2026-05-12", left="candidate", note="<" * n),
    ),
}
MODELS: Contents = {
    "keys of a model": (
        500,
        lambda n: _gguf(n, b"".join(struct.pack("<QIIf", 4, k, 6, k) for k in range(n))),
    ),
    "nested arrays": (
        5000,
        lambda n: _gguf(1, struct.pack("<Q1sI", 1, b"k", 9) + struct.pack("<IQ", 9, 1) * n),
    ),
}


def _files(
    read: Callable[[Path], object], suffix: str, contents: Contents
) -> dict[str, HostileFile]:
    return {
        name: HostileFile(read, suffix, size, content) for name, (size, content) in contents.items()
    }


FILES: dict[str, HostileFile] = {
    **_files(_import, "jsonl", CHATS),
    **_files(_import, "json", LISTS),
    **_files(_import, "csv", TABLES),
    **_files(_import_mapped, "csv", MAPPED),
    **_files(_import, "zip", PACKED),
    **_files(_stream(read_prompts), "jsonl", PROMPTS),
    **_files(_stream(read_answers), "jsonl", ANSWERS),
    **_files(_uploaded_answers, "csv", UPLOADED),
    **_files(_stream(read_votes), "jsonl", VOTES),
    **_files(_stream(read_outcomes), "jsonl", OUTCOMES),
    **_files(_stream(read_metadata), "gguf", MODELS),
    **_files(_correct, "txt", {"a corrected row": (20_000, lambda n: b'"' + b'a,""' * n)}),
    **_files(
        _stream(_completion),
        "txt",
        {"pieces of an answer": (1000, lambda n: _piece("x") * n + _piece("", "stop"))},
    ),
    **_files(
        _stream(lambda file: read_results(file.read(), key="k")),
        "jsonl",
        {"results of a batch": (500, lambda n: RESULT * n)},
    ),
    **_files(
        _stream(lambda file: read_result_csv(file.read())),
        "csv",
        {"steps of a training": (500, lambda n: b"step,train_loss\n" + b"1,2\n" * n)},
    ),
}


def workbook(folder: Path, size: int) -> Callable[[], object]:
    """Write a workbook with one sheet, of which each row has a far cell; return what imports it."""
    rows: dict[int, list[Any]] = {1: ["user", "assistant"]}
    rows |= {2 * number: ["x", "y", *[None] * 50, "z"] for number in range(1, size)}
    return partial(_import, write_workbook(folder / "a.xlsx", {"A": rows}))


def parquet(folder: Path, size: int) -> Callable[[], object]:
    """Write a Parquet file; return what imports it."""
    columns = {"messages": [[USER, ANSWER]] * size}
    arrow, files = import_module("pyarrow"), import_module("pyarrow.parquet")
    files.write_table(arrow.table(columns), folder / "a.parquet")
    return partial(_import, folder / "a.parquet")


def folder_of_tables(folder: Path, size: int) -> Callable[[], object]:
    """Write a data set of many small files; return what imports it."""
    data = folder / f"set-{size}"
    data.mkdir(exist_ok=True)
    (data / "dataset_info.json").write_text("{}")
    for number in range(size):
        (data / f"{number}.csv").write_bytes(HEADER + b"x,y\n")
    return partial(_import, data)
