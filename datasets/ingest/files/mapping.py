"""Columns of a table and keys of objects that a person maps to fields of a row. Pure.

A mapping has the name of each column or key with its target: a field, METADATA or SKIP.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from datasets.conversations.chat import check_storable
from datasets.conversations.errors import ShapeError
from datasets.conversations.messages import MAX_SHOWN_VALUE_LENGTH
from datasets.ingest.files.parse import object_in, parse_object
from datasets.ingest.files.raw import RawRow, UnreadableFile
from datasets.ingest.files.rejected import unwrapped
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message

SKIP, METADATA = "skip", "metadata"
TEXT_FIELDS = ("system", "user", "assistant")
FIELDS = (
    *TEXT_FIELDS,
    *("prompt", "completion", "messages", "tools"),
    *("intent", "tags", "language", "policies", "external_id", "split"),
)
TARGETS = (*FIELDS, METADATA, SKIP)
NO_MAPPING: Mapping[str, str] = MappingProxyType({})
MAX_MAPPED = 100


def parse_mapping(given: Iterable[str]) -> dict[str, str]:
    """Return the mapping that texts such as question=user name.

    Raises:
        InvalidInput: a text is not a mapping, or see `check_mapping`.
    """
    mapping: dict[str, str] = {}
    for text in given:
        column, sign, target = text.rpartition("=")
        if not sign or not column.strip():
            raise InvalidInput(message("ingest.map.not_a_mapping", given=_shown(text)))
        if column in mapping:
            raise InvalidInput(message("ingest.map.twice", column=_shown(column)))
        mapping[column] = target.strip()
    check_mapping(mapping)
    return mapping


def check_mapping(mapping: Mapping[str, str]) -> None:
    """Check that each target exists and no field is the target of two columns.

    Raises:
        InvalidInput: it names the column and what to do.
    """
    if len(mapping) > MAX_MAPPED:
        raise InvalidInput(message("ingest.map.too_many", limit=MAX_MAPPED))
    by_target: dict[str, str] = {}
    for column, target in mapping.items():
        if target not in TARGETS:
            raise InvalidInput(
                message(
                    "ingest.map.unknown_target",
                    column=_shown(column),
                    target=_shown(target),
                    fields=list(FIELDS),
                )
            )
        if target in by_target:
            raise InvalidInput(_same_target(by_target[target], column, target))
        if target in FIELDS:
            by_target[target] = column


def mapped_messages(mapping: Mapping[str, str]) -> list[Message]:
    """Return what became of each mapped column."""
    codes = {SKIP: "ingest.mapped.skip", METADATA: "ingest.mapped.metadata"}
    return [
        message(codes.get(target, "ingest.mapped"), column=_shown(column), target=target)
        for column, target in mapping.items()
    ]


def mapped_columns(columns: Sequence[str], mapping: Mapping[str, str], name: str) -> list[str]:
    """Return the columns of a table under the names of the fields that they are mapped to.

    Columns that are left out or kept in the metadata are not among them.

    Raises:
        UnreadableFile: two columns would be the same field.
    """
    targets = _lowered(mapping)
    found: dict[str, str] = {}
    for column in columns:
        target = targets.get(column, column)
        if column in targets and target in {SKIP, METADATA}:
            continue
        if target in found:
            both = _same_target(found[target], column, target)
            raise UnreadableFile("ingest.file.unreadable", name=name, cause=both)
        found[target] = column
    if "messages" in found and (doubled := [key for key in TEXT_FIELDS if key in targets.values()]):
        text = next(column for column, target in targets.items() if target == doubled[0])
        both = message("ingest.map.beside_messages", column=_shown(text), target=doubled[0])
        raise UnreadableFile("ingest.file.unreadable", name=name, cause=both)
    return list(found)


def missing_columns(columns: Iterable[str], mapping: Mapping[str, str]) -> list[str]:
    """Return the mapped columns that a table does not have."""
    present = set(columns)
    return [column for column in mapping if column.strip().lower() not in present]


def no_column(name: str, column: str) -> UnreadableFile:
    """Return the error of a mapped column or key that a file does not have."""
    cause = message("ingest.map.no_column", column=_shown(column))
    return UnreadableFile("ingest.file.unreadable", name=name, cause=cause)


class MissingKeys:
    """The mapped columns and keys that no row had so far."""

    def __init__(self, mapping: Mapping[str, str]) -> None:
        self.names = list(mapping)

    def see(self, row: RawRow) -> None:
        """Take those away that a row has."""
        if not self.names:
            return
        row = unwrapped(row)
        if row.cells is not None:
            self.names = missing_columns(row.cells, dict.fromkeys(self.names, SKIP))
            return
        try:
            value = object_in(row)
        except ShapeError:
            return
        self.names = [name for name in self.names if name not in value]

    def check(self, name: str) -> None:
        """Check that each was seen.

        Raises:
            UnreadableFile: it names one that no row has.
        """
        if self.names:
            raise no_column(name, self.names[0])


def mapped_cells(
    cells: Mapping[str, str], mapping: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the cells of a row by field, and those for its metadata.

    Raises:
        ShapeError: a cell for the metadata has a character that cannot be stored.
    """
    fields, kept = _renamed(cells, _lowered(mapping))
    check_storable(kept)
    return fields, {column: text for column, text in kept.items() if text.strip()}


def mapped_object(value: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """Return an object with its keys renamed; texts of speakers become messages.

    Raises:
        ShapeError: two of its keys are the same field, or a text is something else.
    """
    row, kept = _renamed(value, mapping)
    targets = set(mapping.values())
    if targets.intersection(("user", "assistant")):
        row = _with_messages(row)
    elif "system" in targets and isinstance(row.get("messages"), list):
        system = _text(row, "system")
        row["messages"] = [*_turns({"system": system}), *row["messages"]]
    return with_metadata(row, kept)


def with_metadata(row: dict[str, Any], kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row with more metadata; what it has already stays."""
    if not kept:
        return row
    metadata = row.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise ShapeError("ingest.bad_field.metadata")
    metadata = {**metadata}
    for key, item in kept.items():
        metadata[free_key(key, metadata)] = item
    return {**row, "metadata": metadata}


def free_key(key: str, metadata: Mapping[str, Any]) -> str:
    """Return the key, lengthened until the metadata does not have it."""
    while key in metadata:
        key += "_"
    return key


def row_keys(raw: bytes) -> list[str]:
    """Return the keys of an object; none if it is not one."""
    try:
        return list(parse_object(raw))
    except ShapeError:
        return []


def _renamed(
    value: Mapping[str, Any], mapping: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    row: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    for key, item in value.items():
        target = mapping.get(key, key)
        if target == SKIP and key in mapping:
            continue
        if target == METADATA and key in mapping and key != METADATA:
            kept[key] = item
        elif item in (None, ""):
            row.setdefault(target, item)
        elif row.get(target) in (None, ""):
            row[target] = item
        else:
            raise ShapeError("ingest.bad_field.mapped_twice", key=_shown(key), target=target)
    return row, {key: item for key, item in kept.items() if item is not None}


def _with_messages(row: dict[str, Any]) -> dict[str, Any]:
    if row.get("messages"):
        raise ShapeError("ingest.bad_field.beside_messages")
    texts = {role: _text(row, role) for role in TEXT_FIELDS}
    return {**row, "messages": _turns({**texts, "user": texts["user"] or ""})}


def _text(row: dict[str, Any], key: str) -> str | None:
    """Take a text out of the row; None if it has none."""
    text = row.pop(key, None)
    if text is not None and not isinstance(text, str):
        raise ShapeError("ingest.content_not_text", name=key)
    return text or None


def _turns(texts: Mapping[str, str | None]) -> list[dict[str, str]]:
    return [{"role": role, "content": text} for role, text in texts.items() if text is not None]


def _lowered(mapping: Mapping[str, str]) -> dict[str, str]:
    """Return a mapping of columns, whose names in a table are read in lower case."""
    return {column.strip().lower(): target for column, target in mapping.items()}


def _same_target(first: str, second: str, target: str) -> Message:
    return message(
        "ingest.map.same_target", first=_shown(first), second=_shown(second), target=target
    )


def _shown(text: str) -> str:
    return text[:MAX_SHOWN_VALUE_LENGTH]
