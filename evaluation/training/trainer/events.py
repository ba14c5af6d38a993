"""Reads the events of a trainer while it writes them. Pure, except for the file it is given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_BYTES = 4 << 20


@dataclass(frozen=True)
class Events:
    """Complete events of a file and the offset to go on from, in bytes."""

    events: list[dict[str, Any]]
    offset: int


def read_events(path: Path, offset: int = 0) -> Events:
    """Return the events behind an offset; a line that is still being written is left for later.

    After a kill a trainer repeats the steps since its checkpoint, with the same figures: of two
    events of the same kind and step, the later one counts. A file that became shorter lost a half
    line, which was never returned.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            content = file.read(MAX_BYTES)
    except FileNotFoundError:
        return Events([], offset)
    complete = content[: content.rfind(b"\n") + 1]
    events = [json.loads(line) for line in complete.splitlines() if line.strip()]
    return Events(events, offset + len(complete))
