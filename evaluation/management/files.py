"""Files named on a command line."""

from pathlib import Path

from datasets.ingest.files.source import MAX_SIGNATURE_LENGTH, check_is_text
from reviewapp.core.errors import InvalidInput


def readable_size(file: Path, *, what: str, may_be_empty: bool = False) -> int:
    """Return the size of the file in bytes.

    Args:
        file: the path as it was typed.
        what: what its lines should be, in the singular: “row”, “vote”.
        may_be_empty: whether a file without a line is right.

    Raises:
        InvalidInput: it cannot be read, is empty but must not be, or is plainly not text.
    """
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder. Name a file in it.")
    try:
        with file.open("rb") as stream:
            beginning = stream.read(MAX_SIGNATURE_LENGTH)
            size = file.stat().st_size
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from error
    if not size and not may_be_empty:
        raise InvalidInput(f"{file} is empty. Write one {what} a line.")
    check_is_text(beginning, str(file))
    return size
