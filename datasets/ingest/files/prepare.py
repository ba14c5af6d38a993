"""Turns raw rows into rows that are ready to be stored: parsed, compared, inspected, signed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from datasets.conversations import chat
from datasets.conversations.errors import ShapeError
from datasets.ingest.files.known import Known, nothing_known
from datasets.ingest.files.raw import KnownRow, Outcome, PreparedRow, RawRow, RejectedRow
from datasets.ingest.files.rejected import MARK, unwrapped
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionSettings, registry
from datasets.inspections.language import detect_language
from datasets.inspections.names.search import read_ahead
from datasets.similarity.signatures import sign

# Enough rows to justify a round trip to the database, few enough to hold in memory.
CHUNK_ROWS = 500
CHUNK_BYTES = 2 * 1024 * 1024


def chunks(rows: Iterable[RawRow]) -> Iterator[list[RawRow]]:
    """Yield the raw rows in lists of at most CHUNK_ROWS rows and about CHUNK_BYTES."""
    chunk: list[RawRow] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += len(row.raw)
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


@dataclass(frozen=True)
class Reading:
    """How the rows of a file are read and prepared.

    Attributes:
        known: of which conversations the project has examples already.
    """

    format: Format
    settings: InspectionSettings
    mapping: Mapping[str, str] = field(default_factory=dict)
    known: Known = nothing_known


def prepare_chunk(chunk: list[RawRow], reading: Reading) -> list[Outcome]:
    """Return for each raw row what to store, that it is known, or why it is rejected.

    Known rows are not inspected, which takes most of the time.
    """
    read = [_read(raw, reading) for raw in chunk]
    rows = [row for row in read if isinstance(row, KnownRow)]
    known = reading.known([row.content_hash for row in rows])
    new = {id(row) for row in rows if row.content_hash not in known}
    read_ahead((row.row.content for row in rows if id(row) in new), reading.settings)
    return [
        prepare(row, reading.settings) if isinstance(row, KnownRow) and id(row) in new else row
        for row in read
    ]


def _read(raw: RawRow, reading: Reading) -> KnownRow | RejectedRow:
    if raw.raw.startswith(MARK):
        raw = unwrapped(raw)
    try:
        row = read_row(raw, reading.format, reading.mapping)
    except ShapeError as error:
        return RejectedRow(raw.line, error.message, raw.end, raw.raw, raw.header)
    return KnownRow(raw.line, raw.end, row, chat.content_hash(row.content))


def prepare(known: KnownRow, settings: InspectionSettings) -> PreparedRow:
    """Return a row with its tokens, findings and signature; a missing language is detected."""
    row, content = known.row, known.row.content
    tokens = chat.count_tokens(content.messages, content.tools, model=settings.tokenizer_model)
    detected = ""
    if not content.language:
        detected = detect_language(content, settings.languages)
        content = replace(content, language=detected)
        row = replace(row, content=content)
    return PreparedRow(
        line=known.line,
        end=known.end,
        row=row,
        content_hash=known.content_hash,
        tokens=tokens,
        findings=registry.inspect(content, settings, tokens=tokens),
        signature=sign(content.messages),
        detected=detected,
    )
