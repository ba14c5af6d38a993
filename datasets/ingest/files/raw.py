"""Types of the steps of an import: raw row, row, prepared row, rejected row."""

from dataclasses import dataclass, field
from typing import Any

from datasets.conversations.chat import Content, TokenCount
from datasets.inspections import InspectionFinding
from reviewapp.core.errors import InvalidInput

# No conversation is this large; the limit keeps memory constant.
MAX_ROW_BYTES = 4 * 1024 * 1024


class UnreadableFile(InvalidInput):
    """The file cannot be read at all. Nothing has been stored; the text says what to do."""


class UnclosedList(UnreadableFile):
    """The file ends before its list is closed."""


@dataclass(frozen=True)
class RawRow:
    """One row as it is in the file.

    Attributes:
        line: number of its first line, from 1.
        end: offset in bytes of what follows it.
        raw: its bytes without the line ending; cut off if `refused` reports that it is too long.
        cells: its cells by column, where the file is a table.
        refused: code and sentence, if it could not be separated from its neighbours.
        is_element: it is an element of a list, which has to be read to its end to be valid.
    """

    line: int
    end: int
    raw: bytes
    cells: dict[str, str] | None = None
    refused: tuple[str, str] | None = None
    is_element: bool = False


@dataclass(frozen=True)
class Row:
    """A valid row: the content, and the labels and other data of the example."""

    content: Content
    external_id: str = ""
    split: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    # Changes that were made on reading, as codes of NOTES.
    notes: tuple[str, ...] = ()
    # Names of keys or columns outside the format, which are kept in the metadata.
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class RejectedRow:
    """A rejected row: its place, the reason (stable code and sentence), and its content."""

    line: int
    end: int
    code: str
    message: str
    raw: bytes


@dataclass(frozen=True)
class PreparedRow:
    """A row that is ready to be stored."""

    line: int
    end: int
    row: Row
    content_hash: str
    tokens: TokenCount
    findings: list[InspectionFinding]
    # The detected language, if the row has none.
    detected: str = ""


Outcome = PreparedRow | RejectedRow

NOTES = {
    "end_marker": "had an end marker taken off the completion; it is kept in metadata.taken_off",
    "prompt_separator": "had a separator taken off the prompt; it is kept in metadata.taken_off",
    "leading_space": "had the leading space of the completion taken off",
    "unknown_keys": "had keys outside the format; they are kept in metadata.unknown",
    "no_answer": "had no answer of the assistant; write it on the example's page",
    "json_text": "had messages or tools written as JSON inside a text; they were read",
}
