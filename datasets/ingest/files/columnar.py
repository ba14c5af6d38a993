"""Writes the rows of Parquet and Arrow files as JSON lines, by the optional package pyarrow."""

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.spool import Spool

BATCH_ROWS = 500


def write_columnar(path: Path, name: str, *, is_parquet: bool) -> Spool:
    """Return the rows of a file as JSON lines, in batches, so that few are in memory.

    Raises:
        UnreadableFile: it is damaged or too large, or pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise UnreadableFile("ingest.columnar.missing", name=name)
    arrow = importlib.import_module("pyarrow")
    spool = Spool(name, path.stat().st_size)
    batches = _parquet(path) if is_parquet else _arrow(path, arrow)
    try:
        for batch in batches:
            for row in batch.to_pylist():
                spool.write(
                    orjson.dumps(
                        row, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
                    )
                )
    except (arrow.ArrowException, TypeError, UnicodeDecodeError) as error:
        raise UnreadableFile("ingest.packed.damaged", name=name) from error
    return spool.finish()


def _parquet(path: Path) -> Iterator[Any]:
    parquet = importlib.import_module("pyarrow.parquet")
    with parquet.ParquetFile(path) as file:
        yield from file.iter_batches(batch_size=BATCH_ROWS, use_threads=False)


def _arrow(path: Path, arrow: Any) -> Iterator[Any]:
    """Yield the batches of a file; data sets on disk have the format of streams."""
    ipc = importlib.import_module("pyarrow.ipc")
    with arrow.memory_map(str(path)) as mapped:
        try:
            opened = ipc.open_stream(mapped)
        except arrow.ArrowInvalid:
            mapped.seek(0)
            file = ipc.open_file(mapped)
            batches = (file.get_batch(number) for number in range(file.num_record_batches))
        else:
            batches = iter(opened)
        for batch in batches:
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)
