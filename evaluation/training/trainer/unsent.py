"""Events that a server has not taken yet, kept apart from the log that the trainer writes.

The log may be shortened or replaced at any time, such as by a rotation of logs, also while no
server answers. What was read from it before is here, under the number by which it is sent. Needs
nothing but Python's standard library.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

UNSENT_FILE = "unsent.jsonl"
MAX_BYTES = 32 << 20
"""About as many events as a server takes of a log; what is beyond stays in the log only."""
TAIL_BYTES = 80
"""By so many bytes a log is known that was shortened and has grown again."""


class Unsent:
    """The numbered events of a log that are still to be sent, in a file that outlives a kill.

    Its first line is the head: the id of the log, the number of the event that was read last, its
    kind, where it ended in the log, and its last bytes there. The other lines are events, each with
    the same about itself.
    """

    def __init__(self, folder: Path, log_name: str, id_name: str) -> None:
        self._log_path, self._id_path = folder / log_name, folder / id_name
        self._path = folder / UNSENT_FILE
        self._log: IO[bytes] | None = None
        self._events: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._head = self._read_head()
        self._write()

    @property
    def log_id(self) -> str:
        """The id under which the events are sent."""
        return str(self._head["log"])

    @property
    def last_kind(self) -> str:
        """The kind of the event that was read last; empty before the first."""
        return str(self._head["kind"])

    @property
    def last_number(self) -> int:
        """The number of the event that was read last."""
        return int(self._head["number"])

    def __len__(self) -> int:
        return len(self._events)

    def collect(self) -> None:
        """Read what was written to the log since the last time; half a line is left for later."""
        found = b""
        for line in self._new_lines():
            event = json.loads(line)
            kind = str(event.get("kind", ""))
            self._head |= {"number": self.last_number + 1, "kind": kind}
            row = {**self._head, "event": event}
            self._events.append(row)
            found += (written := _line(row))
            self._bytes += len(written)
        if found:
            with self._path.open("ab") as file:
                file.write(found)

    def batch(self, events: int, size: int) -> list[dict[str, Any]]:
        """Return the oldest events with their numbers, up to a number and about so many bytes."""
        found: list[dict[str, Any]] = []
        for row in self._events:
            found.append({"number": row["number"], "event": row["event"]})
            size -= len(json.dumps(row["event"]))
            if len(found) >= events or size < 0:
                break
        return found

    def drop_through(self, number: int) -> None:
        """Forget the events up to this number: the server has them."""
        before = len(self._events)
        while self._events and self._events[0]["number"] <= number:
            self._events.popleft()
        if len(self._events) < before:
            self._write()

    def begin_log(self) -> None:
        """Send what the log has under a new id, of which the server knows nothing."""
        self._head = _fresh(self._new_id())
        self._events.clear()
        self._write()
        self.collect()

    def close(self) -> None:
        """Close the log."""
        if self._log is not None:
            self._log.close()
            self._log = None

    def _new_lines(self) -> Iterator[bytes]:
        """Yield the whole lines that are new, and note where each ends.

        What is left of a log that was replaced is read before the new one is.
        """
        while True:
            if self._log is None:
                with suppress(FileNotFoundError):
                    self._log = self._log_path.open("rb")
            if self._log is None:
                return
            self._go_on_in(self._log)
            for line in self._log:
                if not line.endswith(b"\n") or self._bytes > MAX_BYTES:
                    break
                end, tail = self._head["end"] + len(line), line[-TAIL_BYTES:].hex()
                self._head |= {"end": end, "tail": tail}
                if line.strip():
                    yield line
            if self._bytes > MAX_BYTES or not self._is_replaced(self._log):
                return
            self.close()
            self._head |= {"end": 0, "tail": ""}

    def _go_on_in(self, log: IO[bytes]) -> None:
        """Go to the end of what was read; to the beginning, if something else is there now."""
        tail = bytes.fromhex(self._head["tail"])
        log.seek(max(self._head["end"] - len(tail), 0))
        if log.read(len(tail)) != tail:
            self._head |= {"end": 0, "tail": ""}
            log.seek(0)

    def _is_replaced(self, log: IO[bytes]) -> bool:
        """Return whether another file has the name of the log now."""
        with suppress(FileNotFoundError):
            return not os.path.samestat(self._log_path.stat(), os.fstat(log.fileno()))
        return False

    def _read_head(self) -> dict[str, Any]:
        """Read what was kept before a kill; of its last line, only if it is whole."""
        rows: list[dict[str, Any]] = []
        with suppress(FileNotFoundError), self._path.open("rb") as file:
            rows = [json.loads(line) for line in file if line.endswith(b"\n")]
        if not rows:
            return _fresh(self._known_id() or self._new_id())
        self._events.extend(rows[1:])
        return {name: rows[-1][name] for name in _fresh("")}

    def _known_id(self) -> str:
        """Return the id of a log that an earlier version reported; empty without one."""
        if not self._log_path.exists():
            return ""
        with suppress(FileNotFoundError):
            return self._id_path.read_text(encoding="ascii").strip()
        return ""

    def _new_id(self) -> str:
        made = uuid4().hex
        self._id_path.write_text(f"{made}\n", encoding="ascii")
        return made

    def _write(self) -> None:
        """Replace the file at once by the head and what is left."""
        lines = [_line(self._head), *map(_line, self._events)]
        self._bytes = sum(map(len, lines))
        unfinished = self._path.with_name(f"{UNSENT_FILE}.unfinished")
        unfinished.write_bytes(b"".join(lines))
        unfinished.replace(self._path)


def _fresh(log_id: str) -> dict[str, Any]:
    return {"log": log_id, "number": 0, "kind": "", "end": 0, "tail": ""}


def _line(row: dict[str, Any]) -> bytes:
    return json.dumps(row).encode() + b"\n"
