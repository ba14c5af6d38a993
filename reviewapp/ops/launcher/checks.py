"""`make lint` and `make test`, run by the Python of the virtual environment."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    print_error,
    print_line,
    run,
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
        "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet"],
        "ruff format --check": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
        "mypy": [PYTHON, "-m", "mypy", "--no-error-summary"],
        "djade --check": [djade, "--check", *templates],
        "texts": [PYTHON, "-m", "reviewapp.i18n.check"],
        "makemigrations --check": [PYTHON, "-W", WITHOUT_DATABASE, "manage.py", *migrations],
    }


def _failed_checks() -> list[str]:
    """Run every check, also after a failed one; return the names of those that failed."""
    failed = []
    # Some read the settings, which create a key in the data folder.
    with tempfile.TemporaryDirectory() as folder:
        for name, command in _checks().items():
            begin = time.monotonic()
            passed = run(command, TOUCHSTONE_DATA=folder) == 0
            seconds = time.monotonic() - begin
            print_line(f"{'ok    ' if passed else 'FAILED'} {name} ({seconds:.1f} s)")
            if not passed:
                failed.append(name)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
