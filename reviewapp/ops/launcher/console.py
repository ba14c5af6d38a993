"""What the launcher tells the person at the terminal, and the programs it runs for them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from reviewapp import env
from reviewapp.ops.user_error import UserError

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def say(text: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def print_error(text: str) -> None:
    """One sentence about what went wrong, on standard error."""
    sys.stderr.write(text.rstrip() + "\n")
    sys.stderr.flush()


def run(command: Sequence[str | Path], **variables: str) -> int:
    """Run a program in the foreground, with changed variables; its exit code."""
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=env.ROOT, env=env.child(**variables), check=False).returncode


def run_or_fail(command: Sequence[str | Path], refusal: str, **variables: str) -> None:
    """Run a program in the foreground; UserError with this sentence if it fails."""
    if run(command, **variables):
        raise UserError(refusal)
