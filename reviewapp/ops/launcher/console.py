"""Output of the launcher on the terminal, and the programs that it runs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from reviewapp import env
from reviewapp.ops.user_error import UserError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def print_line(text: str) -> None:
    """Print a line on standard output."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_error(text: str) -> None:
    """Print a sentence on standard error."""
    sys.stderr.write(text.rstrip() + "\n")
    sys.stderr.flush()


def run(command: Sequence[str | Path], **variables: str) -> int:
    """Run a program in the foreground, with changed variables; return its exit code."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=env.ROOT, env=env.child(**variables), check=False).returncode


def run_quietly(command: Sequence[str | Path], **variables: str) -> tuple[int, str]:
    """Run a program beside others; return its exit code, and what it printed."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=env.ROOT,
        env=env.child(**variables),
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.returncode, done.stdout


def run_or_fail(command: Sequence[str | Path], failure: str, **variables: str) -> None:
    """Run a program in the foreground.

    Raises:
        UserError: it failed; the text is `failure`.
    """
    if run(command, **variables):
        raise UserError(failure)
