"""What passes between the steps of an import: a raw row, a row, a prepared row, a rejected row."""

from dataclasses import dataclass, field
from typing import Any

from datasets.conversations.chat import Content, TokenCount
from datasets.inspections import InspectionFinding
from reviewapp.core.errors import InvalidInput

# A conversation of this size is no conversation; the bound keeps memory constant.
MAX_ROW_BYTES = 4 * 1024 * 1024


class UnreadableFile(InvalidInput):
    """The file as a whole cannot be read. Nothing has been written; the text says what to do."""


class UnclosedList(UnreadableFile):
    """The list that the file holds is not closed by its end."""


@dataclass(frozen=True)
class RawRow:
    """One row as it stands in the file.

    Attributes:
        line: number of its first line, from 1.
        end: offset in bytes of what follows it.
        raw: its bytes, without the line ending; cut where `refused` says that it is too long.
        cells: its cells by column, where the file is a table.
        refused: code and sentence, where it could not even be cut out properly.
        is_element: it is an element of a list, which has to be read to its end to be one.
    """

    line: int
    end: int
    raw: bytes
    cells: dict[str, str] | None = None
    refused: tuple[str, str] | None = None
    is_element: bool = False


@dataclass(frozen=True)
class Row:
    """What a good row says: its content, and what belongs to the example rather than to that."""

    content: Content
    external_id: str = ""
    split: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    # What was changed on the way in, as codes of NOTES.
    notes: tuple[str, ...] = ()
    # Names of keys or columns outside the format, which are kept in the metadata.
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class RejectedRow:
    """A row that is not taken: where, why (stable code and sentence), and what it said."""

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
    preview: str
    # What the language was detected to be, where the row names none.
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
