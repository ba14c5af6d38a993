"""Finds the data files of a data set that Hugging Face's library wrote to a folder."""

import re
from pathlib import Path
from typing import NamedTuple

import orjson

from datasets.ingest.files.raw import UnreadableFile

MARKS = ("dataset_dict.json", "dataset_info.json", "state.json")
SUFFIXES = frozenset({".arrow", ".parquet", ".jsonl", ".json", ".csv"})
SPLIT_NAME = re.compile(r"(train|validation|valid|val|dev|test)(?![a-z])", re.IGNORECASE)
MAX_FILES = 1000


class DataFile(NamedTuple):
    """A file with rows, and the split that its place names; "" for none."""

    path: Path
    split: str


def data_files(folder: Path, name: str) -> list[DataFile]:
    """Return the data files of a folder, by split and name.

    Raises:
        UnreadableFile: it is no data set, or its list of files cannot be read.
    """
    if not _is_data_set(folder):
        raise UnreadableFile("ingest.file.folder", name=name)
    found: list[DataFile] = []
    for part in [folder, folder / "data", *sorted(_parts(folder))]:
        if part.is_dir():
            found += [DataFile(path, _split(path, folder)) for path in _files(part, name)]
    if not found or len(found) > MAX_FILES:
        raise UnreadableFile("ingest.folder.no_files", name=name, limit=MAX_FILES)
    return found


def _is_data_set(folder: Path) -> bool:
    is_marked = any((folder / mark).is_file() for mark in MARKS)
    return is_marked or any(folder.glob("data/*.parquet"))


def _parts(folder: Path) -> list[Path]:
    return [part for part in folder.iterdir() if part.is_dir() and part.name != "data"]


def _files(part: Path, name: str) -> list[Path]:
    """Return the files that `state.json` lists; else those with a known suffix."""
    state = part / "state.json"
    if not state.is_file():
        return sorted(
            path
            for path in part.iterdir()
            if path.is_file() and path.suffix.lower() in SUFFIXES and path.name not in MARKS
        )
    try:
        listed = orjson.loads(state.read_bytes())["_data_files"]
        return [part / Path(file["filename"]).name for file in listed]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableFile("ingest.packed.damaged", name=f"{name}/{part.name}") from error


def _split(path: Path, folder: Path) -> str:
    within = path.relative_to(folder).parts
    names = [path.stem, *within[:-1]]
    return next((match[1] for text in names if (match := SPLIT_NAME.match(text))), "")
