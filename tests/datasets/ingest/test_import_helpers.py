"""The helper processes of an import: their outcomes, and their end."""

import json
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from datasets.ingest.files import pool
from datasets.ingest.files.known import KnownHashes
from datasets.ingest.files.prepare import Reading, prepare_chunk
from datasets.ingest.files.raw import KnownRow, PreparedRow, RawRow
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionSettings

READING = Reading(Format.AUTO, InspectionSettings(languages=("en", "de")))
TURNS = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]


def test_helpers_give_the_same_outcomes_in_the_same_order() -> None:
    chunks = [
        [
            RawRow(line, line, json.dumps({"messages": TURNS, "n": line}).encode()),
            RawRow(0, 0, b"x"),
        ]
        for line in range(1, 8)
    ]
    alone = [prepare_chunk(chunk, READING) for chunk in chunks]
    assert list(pool.prepared(chunks, READING, processes=2)) == alone


def test_helpers_do_not_inspect_known_conversations() -> None:
    first, second = (
        RawRow(line, line, json.dumps(row).encode())
        for line, row in enumerate(
            ({"messages": TURNS, "intent": "greeting"}, {"messages": TURNS[:1]})
        )
    )
    (greeting, _other) = prepare_chunk([first, second], READING)
    assert isinstance(greeting, PreparedRow)
    reading = replace(READING, known=KnownHashes([greeting.content_hash, "f" * 64]))
    [[known, new]] = pool.prepared([[first, second]], reading, processes=1)
    assert isinstance(known, KnownRow)
    assert (known.row.content.intent, known.content_hash) == ("greeting", greeting.content_hash)
    assert isinstance(new, PreparedRow)


def test_an_import_that_stops_early_ends_its_helpers() -> None:
    chunks = ([RawRow(line, line, b"x")] for line in range(100))
    outcomes = pool.prepared(chunks, READING, processes=1)
    next(outcomes)
    began = time.monotonic()
    outcomes.close()
    assert time.monotonic() - began < 20


def test_a_helper_that_dies_is_an_error_and_not_an_endless_wait() -> None:
    with pool.WorkerPool(2, READING) as helpers:
        first, second = helpers.each
        assert first.prepare([RawRow(1, 1, b"x")]) == second.prepare([RawRow(1, 1, b"x")])
        helpers.kill()
        for helper in (first, second):
            with pytest.raises(pool.WorkerLost):
                helper.prepare([RawRow(1, 1, b"x")])


_AN_IMPORT = """
import sys
from datasets.ingest.files import pool
from datasets.ingest.files.prepare import Reading
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionSettings

with pool.WorkerPool(2, Reading(Format.AUTO, InspectionSettings())) as helpers:
    for helper in helpers.each:
        helper.prepare([])
    print("at work", flush=True)
    sys.stdin.read()
"""


def test_no_helper_outlives_an_import_that_is_killed() -> None:
    # WorkerPool hold their import's standard error as long as they live.
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", _AN_IMPORT], cwd=pool.ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"at work\n"
    process.kill()
    _out, said = process.communicate(timeout=60)
    assert said == b""
