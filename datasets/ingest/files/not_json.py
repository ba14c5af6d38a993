"""Says why a file of which no line is a JSON object cannot be read."""

from pathlib import Path

from datasets.conversations.errors import ShapeError
from datasets.ingest.files.foreign import converted
from datasets.ingest.files.lines import BYTE_ORDER_MARK, texts_of
from datasets.ingest.files.parse import ENDS_EARLY, parse_object
from datasets.ingest.files.raw import MAX_ROW_BYTES, UnreadableFile
from datasets.ingest.files.shapes import foreign_shape
from reviewapp.core.messages import Message, message

MEGABYTE = 1024**2


def other_format(name: str, shape: Message | None) -> UnreadableFile:
    """Return the error of a file in the format of another tool."""
    return UnreadableFile("ingest.file.other_format", name=name, shape=shape)


def not_json(path: Path, name: str, cause: Message | None) -> UnreadableFile:
    """Return why a file cannot be read; `cause` is what is wrong with its first line."""
    text = next(texts_of(path), "").strip()
    if text.startswith("{") and (shape := _shape_of_whole(path)):
        return other_format(name, shape)
    size = path.stat().st_size
    if text.startswith("{") and size > MAX_ROW_BYTES and cause and _is_one_object(cause):
        limit = MAX_ROW_BYTES // MEGABYTE
        return UnreadableFile(
            "ingest.file.object_too_large", name=name, size=-(-size // MEGABYTE), limit=limit
        )
    if cause is None and text.startswith("["):
        return UnreadableFile("ingest.file.empty", name=name)
    if text.startswith(("[", "{")):
        return UnreadableFile("ingest.file.not_json_lines.cause", name=name, cause=cause)
    return UnreadableFile("ingest.file.not_json_lines", name=name)


def _is_one_object(cause: Message) -> bool:
    """Return whether an object begins on the line of a cause and does not end on it."""
    return cause.params["cause"].code in {ENDS_EARLY, "ingest.row_too_long"}


def _shape_of_whole(path: Path) -> Message | None:
    """Return the format of a file with one object over several lines; None if it is too large."""
    with path.open("rb") as file:
        content = file.read(MAX_ROW_BYTES + 1)
    if len(content) > MAX_ROW_BYTES:
        return None
    try:
        value = parse_object(content.removeprefix(BYTE_ORDER_MARK))
    except ShapeError:
        return None
    try:
        is_read = "messages" in value or converted(value)
    except ShapeError:
        if b"\n" not in content.strip():
            return None  # Its cause says more.
        is_read = True
    return (None if is_read else foreign_shape(value)) or message("ingest.shape.over_lines")
