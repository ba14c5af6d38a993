"""Turns raw rows into rows that are ready to be stored: parsed, hashed, inspected, signed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from datasets.conversations import chat
from datasets.conversations.errors import ShapeError
from datasets.ingest.files.mapping import NO_MAPPING
from datasets.ingest.files.raw import Outcome, PreparedRow, RawRow, RejectedRow, Row
from datasets.ingest.files.rejected import MARK, unwrapped
from datasets.ingest.files.rows import read_row
from datasets.ingest.files.source import Format
from datasets.inspections import InspectionSettings, registry
from datasets.inspections.language import detect_language
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


def prepare_chunk(
    chunk: list[RawRow],
    format_: Format,
    settings: InspectionSettings,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> list[Outcome]:
    """Return for each raw row what to store, or why it is rejected."""
    return [prepare_row(raw, format_, settings, mapping) for raw in chunk]


def prepare_row(
    raw: RawRow,
    format_: Format,
    settings: InspectionSettings,
    mapping: Mapping[str, str] = NO_MAPPING,
) -> Outcome:
    """Return what to store of one raw row, or why it is rejected."""
    if raw.raw.startswith(MARK):
        raw = unwrapped(raw)
    try:
        row = read_row(raw, format_, mapping)
    except ShapeError as error:
        return RejectedRow(raw.line, error.message, raw.end, raw.raw, raw.header)
    return prepare(row, settings, line=raw.line, end=raw.end)


def prepare(row: Row, settings: InspectionSettings, *, line: int = 0, end: int = 0) -> PreparedRow:
    """Return a row with its hash, tokens and findings; a missing language is detected."""
    content = row.content
    tokens = chat.count_tokens(content.messages, content.tools, model=settings.tokenizer_model)
    detected = ""
    if not content.language:
        detected = detect_language(content, settings.languages)
        content = replace(content, language=detected)
        row = replace(row, content=content)
    return PreparedRow(
        line=line,
        end=end,
        row=row,
        content_hash=chat.content_hash(content),
        tokens=tokens,
        findings=registry.inspect(content, settings, tokens=tokens),
        signature=sign(content.messages),
        detected=detected,
    )
