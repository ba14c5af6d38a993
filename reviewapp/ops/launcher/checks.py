"""`make lint` and `make test`, run by the Python of the virtual environment."""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    print_error,
    print_line,
    run,
    run_quietly,
)

PYTHON = sys.executable
# "worksteal" starts long tests on a process that is free. `-n 0` after `test` runs them one by one.
PARALLEL = ["--numprocesses=auto", "--maxprocesses=4", "--dist=worksteal"]
# Migrations and models are compared without a database.
WITHOUT_DATABASE = "ignore:Got an error checking a consistent migration history:RuntimeWarning"


def main(arguments: list[str]) -> int:
    """Run the checks, and for `test` the tests after them; 0 only if all of it passed."""
    what, *rest = arguments
    try:
        # Install the browser before the tests that need it.
        if what == "test" and run([PYTHON, "-m", "tests.chromium"]):
            return EXIT_FAILED
        failed = _failed_checks()
        if what == "test" and run([PYTHON, "-m", "pytest", *PARALLEL, *rest]):
            failed.append("pytest")
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    if failed:
        print_error(f"Failed: {', '.join(failed)}.")
    return int(bool(failed))


def _checks() -> dict[str, list[str]]:
    djade = str(Path(PYTHON).with_name("djade"))
    templates = [str(file) for file in sorted((env.ROOT / "templates").rglob("*.html"))]
    migrations = ["makemigrations", "--check", "--dry-run"]
    return {
        "mypy": [PYTHON, "-m", "mypy", "--no-error-summary"],
        "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet"],
        "ruff format --check": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
        "djade --check": [djade, "--check", *templates],
        "texts": [PYTHON, "-m", "reviewapp.i18n.check"],
        "makemigrations --check": [PYTHON, "-W", WITHOUT_DATABASE, "manage.py", *migrations],
    }


def _failed_checks() -> list[str]:
    """Run every check, also after a failed one; return the names of those that failed.

    Two at a time: mypy takes longer than the others together, and uses one processor.
    """
    # Some read the settings, which create a key in the data folder.
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=2) as pool:
        checks = _checks()
        passed = pool.map(lambda name: _passed(name, checks[name], folder), checks)
        return [name for name, good in zip(checks, passed, strict=True) if not good]


def _passed(name: str, command: list[str], folder: str) -> bool:
    begin = time.monotonic()
    status, output = run_quietly(command, TOUCHSTONE_DATA=folder)
    seconds = time.monotonic() - begin
    # One call, so that the lines of two checks do not mix.
    print_line(f"{output}{'FAILED' if status else 'ok    '} {name} ({seconds:.1f} s)")
    return status == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
