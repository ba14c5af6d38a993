"""`make lint` and `make test`, run by the Python of the virtual environment."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher import venv
from reviewapp.ops.launcher.console import (
    EXIT_INTERRUPTED,
    print_error,
    print_line,
    run,
    run_quietly,
)
from reviewapp.ops.launcher.locks import MODEL, PARQUET, S3
from reviewapp.ops.user_error import UserError

PYTHON = sys.executable
# Tests wait for a browser, a worker, the database or a clock: with two processes more than there
# are processors, none of these is idle. "worksteal" starts long tests on a process that is free.
# `-n 0` after `test` runs them one by one.
PROCESSES = min((os.cpu_count() or 1) + 2, 6)
PARALLEL = [f"--numprocesses={PROCESSES}", "--dist=worksteal"]
SLOW_CHECK = "mypy"
MYPY = ["--no-error-summary"]
BROWSER = "browser"
# Set to nothing, it lets Python keep compiled files: otherwise each of the processes of the tests
# compiles every test, also at the next run (the time is in tests/conftest.py).
WITH_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
EXTRAS = "packages"
# Migrations and models are compared without a database.
WITHOUT_DATABASE = "ignore:Got an error checking a consistent migration history:RuntimeWarning"


def main(arguments: list[str]) -> int:
    """Run the checks, and for `test` the tests after them; 0 only if all of it passed."""
    what, *rest = arguments
    try:
        failed = _failures(with_tests=what == "test", pytest_arguments=rest)
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    if failed:
        print_error(f"Failed: {', '.join(failed)}.")
    return int(bool(failed))


def _quick_checks() -> dict[str, list[str]]:
    djade = str(Path(PYTHON).with_name("djade"))
    templates = [str(file) for file in sorted((env.ROOT / "templates").rglob("*.html"))]
    migrations = ["makemigrations", "--check", "--dry-run"]
    return {
        "ruff check": [PYTHON, "-m", "ruff", "check", "--quiet"],
        "ruff format --check": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
        "djade --check": [djade, "--check", *templates],
        "texts": [PYTHON, "-m", "reviewapp.i18n.check"],
        "makemigrations --check": [PYTHON, "-W", WITHOUT_DATABASE, "manage.py", *migrations],
    }


def _failures(*, with_tests: bool, pytest_arguments: list[str]) -> list[str]:
    """Run every check, also after a failed one, then the tests; return the names of what failed.

    mypy takes longer than the others together and uses one processor, so the tests do not wait for
    it. The browser of the tests and the packages that only tests need are installed beside the
    checks, which takes their downloads' time; mypy waits for the packages, which it reads.
    """
    # Some read the settings, which create a key in the data folder.
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=3) as pool:
        results: dict[str, Future[tuple[bool, str]]] = {}
        if with_tests:
            results[EXTRAS] = pool.submit(_install_extras)
            results[BROWSER] = pool.submit(
                _check, BROWSER, [PYTHON, "-m", "tests.chromium"], folder
            )
        for name, command in _quick_checks().items():
            results[name] = pool.submit(_check, name, command, folder)
        wait([results[EXTRAS]] if with_tests else [])
        slow = pool.submit(_check, SLOW_CHECK, [PYTHON, "-m", SLOW_CHECK, *MYPY], folder)
        failed = [name for name, result in results.items() if not _passed(result)]
        if (
            with_tests
            and not {EXTRAS, BROWSER}.intersection(failed)
            and run([PYTHON, "-m", "pytest", *PARALLEL, *pytest_arguments], **WITH_BYTECODE)
        ):
            failed.append("pytest")
        if not _passed(slow):
            failed.append(SLOW_CHECK)
    return failed


def _install_extras() -> tuple[bool, str]:
    """Install the packages that only tests need; return whether it worked, else the reason."""
    try:
        venv.prepare(MODEL, PARQUET, S3)
    except UserError as error:
        return False, str(error)
    return True, ""


def _check(name: str, command: list[str], folder: str) -> tuple[bool, str]:
    """Run a check; return whether it passed, and the lines to show."""
    begin = time.monotonic()
    status, output = run_quietly(command, TOUCHSTONE_DATA=folder)
    seconds = time.monotonic() - begin
    return status == 0, f"{output}{'FAILED' if status else 'ok    '} {name} ({seconds:.1f} s)"


def _passed(result: Future[tuple[bool, str]]) -> bool:
    """Wait for a check and print its lines; return whether it passed."""
    passed, lines = result.result()
    if lines:
        print_line(lines)
    return passed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
