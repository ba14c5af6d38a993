"""Tables as Parquet files, by the optional package pyarrow (`make setup-parquet`)."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any
from zipfile import ZipFile

from reviewapp.core.errors import InvalidTransition
from reviewapp.core.messages import message

_ROWS_OF_A_GROUP = 20_000


class ColumnType(Enum):
    """The type of a column of a Parquet file."""

    TEXT = "text"
    TEXTS = "list of texts"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    TIME = "time in UTC"


def has_parquet() -> bool:
    """Return whether the package that writes Parquet files is installed."""
    return importlib.util.find_spec("pyarrow") is not None


def require_parquet() -> None:
    """Check that Parquet files can be written.

    Raises:
        InvalidTransition: the package is missing; the message names the command that installs it.
    """
    if not has_parquet():
        raise InvalidTransition(message("results.parquet_missing"))


def write_parquet_file(
    archive: ZipFile, name: str, table: Iterator[list[Any]], types: Mapping[str, ColumnType]
) -> None:
    """Write a table, whose first row is its header, into an archive.

    Args:
        archive: a ZIP file open for writing.
        name: of the file in it.
        table: rows of native values; None is null.
        types: of each column, in the order of the header.
    """
    # Imported here: the package is optional, and takes a while to load.
    arrow = importlib.import_module("pyarrow")
    parquet = importlib.import_module("pyarrow.parquet")
    fields = [arrow.field(column, _arrow_type(arrow, types[column])) for column in next(table)]
    schema = arrow.schema(fields)
    with (
        archive.open(name, "w", force_zip64=True) as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        while rows := list(islice(table, _ROWS_OF_A_GROUP)):
            columns = zip(*rows, strict=True)
            arrays = [
                arrow.array(column, field.type)
                for column, field in zip(columns, fields, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))


def _arrow_type(arrow: Any, kind: ColumnType) -> Any:
    if kind is ColumnType.TEXTS:
        return arrow.list_(arrow.string())
    if kind is ColumnType.TIME:
        return arrow.timestamp("us", tz="UTC")
    types = {
        ColumnType.TEXT: arrow.string,
        ColumnType.INTEGER: arrow.int64,
        ColumnType.BOOLEAN: arrow.bool_,
    }
    return types[kind]()
