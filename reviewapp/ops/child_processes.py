"""Programs that run together in the foreground, with prefixed output and an ordered stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import TextIO

from reviewapp import env
from reviewapp.ops.process import ends_with_parent

LAST_LINES = 15
GRACE_SECONDS = 25.0
POLL_SECONDS = 0.1
COLOURS = {"web": "36", "worker": "35", "model": "34", "tuned": "34", "train": "33", "stack": "32"}

_printing = threading.Lock()


def print_line(name: str, line: str, stream: TextIO = sys.stdout) -> None:
    """Print a line with the name of its program; in colour on a terminal."""
    prefix = f"{name:<6} |"
    if stream.isatty() and env.optional("NO_COLOR") is None:
        prefix = f"\x1b[{COLOURS.get(name, '0')}m{prefix}\x1b[0m"
    with _printing:
        stream.write(f"{prefix} {line.rstrip()}\n")
        stream.flush()


class ChildProcess:
    """A program that `stop` ends; the terminal's Ctrl-C does not reach it.

    Args:
        name: the prefix of its output.
        command: the program and its arguments.
        pass_fds: descriptors that it inherits, such as the lock of the database.
        is_needed: whether the others end with it; otherwise only a line tells that it ended.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        pass_fds: Sequence[int] = (),
        *,
        is_needed: bool = True,
    ) -> None:
        self.name = name
        self.is_needed = is_needed
        self.last_lines: deque[str] = deque(maxlen=LAST_LINES)
        # preexec_fn is safe: all children are started before the first reader thread.
        self.process = subprocess.Popen(
            command,
            cwd=env.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=pass_fds,
            preexec_fn=ends_with_parent(signal.SIGTERM),  # noqa: PLW1509 - see above.
        )
        self._reader = threading.Thread(target=self._copy, daemon=True)

    def show(self) -> None:
        """Start to print its output."""
        self._reader.start()

    def _copy(self) -> None:
        if self.process.stdout is None:
            raise RuntimeError("The child was started without a pipe.")
        for line in self.process.stdout:
            self.last_lines.append(line.rstrip())
            print_line(self.name, line)
        if not self.is_needed:
            print_line(self.name, "ended; the others go on")

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self.process.poll()

    def stop(self, hurry: threading.Event) -> None:
        """Terminate the program; kill it after `GRACE_SECONDS` or when `hurry` is set."""
        if self.exit_code is None:
            self.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while self.exit_code is None:
            if hurry.wait(POLL_SECONDS) or time.monotonic() > deadline:
                # It has a session of its own, so its children are killed too.
                os.killpg(self.process.pid, signal.SIGKILL)
                break
        self.process.wait()
        self._reader.join(timeout=1)
