"""Every reader of files and every inspection takes time in proportion to a hostile input.

Readers are found by their parameters and inspections by their registry, so that a new one without
such an input fails here.
"""

import ast
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from datasets.ingest.files import foreign
from datasets.ingest.files.opening import open_source
from datasets.ingest.files.raw import UnreadableFile
from datasets.inspections import registry
from datasets.inspections.findings import INSPECTIONS, Inspection
from datasets.inspections.names import model
from datasets.inspections.personal import inspect_personal_data
from tests.growth import grows_linearly
from tests.hostile_files import CHATS, FILES, folder_of_tables, parquet, workbook
from tests.hostile_texts import (
    NAMES_SIZE,
    SIZE,
    SIZES,
    TURNS,
    UNITS,
    MarksEveryWord,
    inspected,
    inspected_turns,
)
from tests.trees import tree_of

# What a file or its content is given as.
GIVEN = re.compile(r"\bbytes\b|\bPath\b|\bIO\[|\bZipFile\b")
# Any function there reads; elsewhere those that are named so.
READERS, NAMED = "datasets/ingest/files/", "read_"
DEFINED = f"\ndef {NAMED}"
# The demo reads its own files; the trainer runs on machines of others.
NOT_READ = ("evaluation/demo/", "evaluation/training/trainer/")
ROOT = Path(__file__).resolve().parent.parent
has_pyarrow = importlib.util.find_spec("pyarrow") is not None


@pytest.mark.parametrize("name", FILES)
def test_growth_a_reader_takes_time_in_proportion_to_a_hostile_file(
    name: str, tmp_path: Path
) -> None:
    file = FILES[name]
    assert grows_linearly(partial(file.prepared, tmp_path), file.size)


@pytest.mark.parametrize(("write", "size"), [(workbook, 100), (folder_of_tables, 20)])
def test_growth_a_workbook_or_a_folder_is_read_in_proportion_to_its_size(
    write: Callable[[Path, int], Callable[[], object]], size: int, tmp_path: Path
) -> None:
    assert grows_linearly(partial(write, tmp_path), size)


@pytest.mark.skipif(not has_pyarrow, reason="pyarrow is not installed")
def test_growth_a_parquet_file_is_read_in_proportion_to_its_rows(tmp_path: Path) -> None:
    assert grows_linearly(partial(parquet, tmp_path), 100)


def test_growth_every_reader_reads_a_hostile_file(tmp_path: Path) -> None:
    called: set[tuple[str, str]] = set()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            called.add((frame.f_code.co_filename, frame.f_code.co_name))

    writes = [file.prepared for file in FILES.values()]
    writes += [workbook, folder_of_tables, *([parquet] if has_pyarrow else [])]
    for write in writes:
        read = write(tmp_path, 2)
        sys.setprofile(note)
        try:
            read()
        finally:
            sys.setprofile(None)
    assert sorted(set(readers()) - called) == []


def readers() -> Iterator[tuple[str, str]]:
    """Yield the file and the name of each public function that is given a file or its content."""
    for path in chain(ROOT.glob("datasets/**/*.py"), ROOT.glob("evaluation/**/*.py")):
        place = path.relative_to(ROOT).as_posix()
        is_reader = place.startswith(READERS)
        # Fast: most files need not be parsed.
        if any(part in place for part in NOT_READ) or not (
            is_reader or DEFINED in path.read_text()
        ):
            continue
        for node in tree_of(path).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            given = ast.unparse(node.args)
            if (is_reader or node.name.startswith(NAMED)) and GIVEN.search(given):
                yield str(path), node.name


def test_growth_every_format_of_other_tools_has_a_hostile_file(tmp_path: Path) -> None:
    seen = set()
    for name in CHATS:
        file = FILES[name]
        (tmp_path / "a.jsonl").write_bytes(file.content(1))
        with suppress(UnreadableFile):
            seen.add(open_source(tmp_path / "a.jsonl").shape)
    assert seen >= foreign.FORMATS


def test_growth_every_inspection_has_hostile_texts() -> None:
    assert registry.PACKAGE  # It has imported all inspections.
    assert {inspection.__name__ for inspection in INSPECTIONS} == UNITS.keys()


@pytest.mark.parametrize("inspection", INSPECTIONS, ids=lambda inspection: inspection.__name__)
def test_growth_an_inspection_takes_time_in_proportion_to_a_hostile_text(
    inspection: Inspection,
) -> None:
    size = SIZES.get(inspection.__name__, SIZE)
    slow = [
        unit
        for unit in UNITS[inspection.__name__]
        if not grows_linearly(partial(inspected, inspection, unit), size)
    ]
    assert not slow
    assert grows_linearly(partial(inspected_turns, inspection), TURNS)


@pytest.mark.parametrize("unit", ["Ada, ", "Greta Lind1, ", "a ", "greta "])
def test_growth_names_are_found_in_proportion_to_the_text(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "load_model", MarksEveryWord)
    assert grows_linearly(partial(inspected, inspect_personal_data, unit), NAMES_SIZE)
