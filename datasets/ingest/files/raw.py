"""Types of the steps of an import: raw row, row, prepared row, rejected row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from datasets.conversations.chat import Content, TokenCount
from datasets.conversations.errors import RowError
from datasets.inspections import InspectionFinding
from datasets.similarity.signatures import Signature
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message

# No conversation is this large; the limit keeps memory constant.
MAX_ROW_BYTES = 4 * 1024 * 1024


class UnreadableFile(InvalidInput):
    """The file cannot be read at all; nothing has been stored.

    Args:
        sentence: the code of the sentence, which says what to do.
        params: the parameters of the sentence.
    """

    message: Message

    def __init__(self, sentence: str, **params: Any) -> None:
        super().__init__(Message(sentence, params))


class UnclosedList(UnreadableFile):
    """The file ends before its list is closed."""


@dataclass(frozen=True)
class RawRow:
    """One row as it is in the file.

    Attributes:
        line: number of its first line, from 1.
        end: offset in bytes of what follows it.
        raw: its bytes without the line ending; cut off if `error` reports that it is too long.
        cells: its cells by column, where the file is a table.
        error: why it could not be separated from its neighbours.
        header: of a row out of a reject file, what its table is read by (`rejected.TableHeader`).
        is_element: it is an element of a list, which has to be read to its end to be valid.
    """

    line: int
    end: int
    raw: bytes
    cells: dict[str, str] | None = None
    error: Message | None = None
    is_element: bool = False
    header: Mapping[str, Any] | None = None


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
class RejectedRow(RowError):
    """A rejected row with the end of its place in the file, and its content."""

    end: int
    raw: bytes
    header: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class KnownRow:
    """A row whose conversation the project has, so far as was known when it was read."""

    line: int
    end: int
    row: Row
    content_hash: str

    # Only what the row states is compared with the labels of the example.
    detected: ClassVar[str] = ""


@dataclass(frozen=True)
class PreparedRow:
    """A row that is ready to be stored."""

    line: int
    end: int
    row: Row
    content_hash: str
    tokens: TokenCount
    findings: list[InspectionFinding]
    signature: Signature
    # The detected language, if the row has none.
    detected: str = ""


TakenRow = PreparedRow | KnownRow
Outcome = TakenRow | RejectedRow

NOTES = frozenset(
    {
        *("end_marker", "prompt_separator", "leading_space", "unknown_keys"),
        *("no_answer", "json_text"),
        *("files_left_out", "sheets_left_out", "numbered_in_list"),
        *("sharegpt", "gemini", "preference", "alpaca", "pair"),
    }
)
