"""Checks the columns of a table before its rows are read. Pure."""

from collections import Counter
from collections.abc import Mapping

from datasets.ingest.files.foreign import converted
from datasets.ingest.files.mapping import (
    NO_MAPPING,
    mapped_columns,
)
from datasets.ingest.files.raw import UnreadableFile
from datasets.ingest.files.shapes import unread_key_message
from reviewapp.core.messages import sentences

COLUMNS = frozenset(
    {
        *("system", "user", "assistant", "prompt", "completion", "messages", "tools"),
        *("intent", "tags", "language", "policies", "external_id", "split", "metadata"),
    }
)
# Other names of columns are only guessed, and named in the sentence that rejects the table.
FORMAT_COLUMNS = frozenset({"instruction", "prompt"})
MAX_SHOWN_SUGGESTIONS = 3


class UnmappedTable(UnreadableFile):
    """A table without the columns of a conversation, which a person can map.

    `columns` are those that may be what is missing.
    """

    columns: tuple[str, ...] = ()


def checked_columns(
    columns: list[str], name: str, mapping: Mapping[str, str] = NO_MAPPING
) -> tuple[tuple[str, ...], str]:
    """Return the columns of a table that are not read, and the format of another tool it has.

    Raises:
        UnmappedTable: columns are missing; it guesses which were meant.
        UnreadableFile: there are none, or one is doubled.
    """
    if not columns:
        raise UnreadableFile("ingest.table.no_header", name=name)
    doubled = sorted(column for column, count in Counter(columns).items() if count > 1)
    if doubled:
        raise UnreadableFile("ingest.table.column_twice", name=name, column=doubled[0])
    fields = mapped_columns(columns, mapping, name)
    unread = tuple(column for column in fields if column and column not in COLUMNS)
    shape = _shape_of_table(fields)
    if shape:
        return (), shape  # Which of them are kept shows with the rows.
    try:
        _check_required_columns({*fields}, unread, name)
    except UnmappedTable as error:
        error.columns = unread or tuple(column for column in fields if column)
        raise
    return unread, shape


def _shape_of_table(columns: list[str]) -> str:
    """Return the format of another tool that the columns are those of; "" for none."""
    if {"user", "messages"}.intersection(columns) or not FORMAT_COLUMNS.intersection(columns):
        return ""
    other = converted(dict.fromkeys(columns, "text"))
    return other.format if other else ""


def _check_required_columns(columns: set[str], unread: tuple[str, ...], name: str) -> None:
    if "messages" in columns or {"prompt", "completion"} <= columns:
        return
    guesses = sentences(
        unread_key_message(column, is_table=True) for column in unread[:MAX_SHOWN_SUGGESTIONS]
    )
    if "user" not in columns and unread:
        raise UnmappedTable("ingest.table.no_user_column", name=name, guesses=guesses)
    if "user" not in columns:
        found = sorted(columns)
        raise UnmappedTable("ingest.table.no_user_column.only", name=name, columns=found)
    if "assistant" not in columns and unread:
        raise UnmappedTable("ingest.table.no_assistant_column", name=name, guesses=guesses)
