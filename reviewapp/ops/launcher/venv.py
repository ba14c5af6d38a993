"""The virtual environment: created once, and updated when a lock file has changed."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import print_line, run_or_fail
from reviewapp.ops.launcher.install import install
from reviewapp.ops.launcher.locks import APP, LOCKS, Lock, canonical_name
from reviewapp.ops.user_error import UserError

FOLDER = env.ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
# 42 % of the bytes of the packages: names of places for telephone numbers, programs that are run at
# most once (pip, setuptools) or are compiled already (mypy), lexers of a hundred languages, tests.
NOT_IMPORTED = (
    r"/phonenumbers/(geodata|carrierdata)/|/pygments/lexers/|/tests/"
    r"|/site-packages/(_distutils_hack|mypy|mypyc|pip|pkg_resources|setuptools)/"
)
# Prints "yes" only if this Python is new enough and can install packages.
PROBE = "import sys, pip; print('yes' if sys.version_info >= (3, 11) else '')"


def prepare(*locks: Lock) -> None:
    """Create the virtual environment and install these locks, as far as they have changed."""
    if not _works():
        _make()
    new = [lock for lock in locks if not _is_installed(lock)]
    if new:
        install(PYTHON, new)
        if APP in new:
            _compile()
        _check_requirements(new)
    for lock in new:
        _stamp(lock).write_text(_digest(lock), encoding="ascii")


def _works() -> bool:
    if not PYTHON.exists():
        return False
    done = subprocess.run([PYTHON, "-c", PROBE], check=False, capture_output=True, text=True)
    return done.stdout.strip() == "yes"


def _make() -> None:
    print_line(f"making the virtual environment {FOLDER}")
    failure = f"The virtual environment {FOLDER} could not be made; see the reason above."
    if all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        run_or_fail([sys.executable, "-m", "venv", "--clear", FOLDER], failure)
    elif uv := shutil.which("uv"):
        run_or_fail(
            [uv, "venv", "--quiet", "--seed", "--clear", "-p", sys.executable, FOLDER], failure
        )
    else:
        raise UserError(
            "This Python cannot make virtual environments: type `apt-get install python3-venv` "
            "as root (Debian, Ubuntu), or install uv, and start again."
        )


def _is_installed(lock: Lock) -> bool:
    """Return whether this version of the lock file is installed."""
    stamp = _stamp(lock)
    return stamp.exists() and stamp.read_text(encoding="ascii") == _digest(lock)


def _stamp(lock: Lock) -> Path:
    return FOLDER / f"installed-{lock.file}"


def _digest(lock: Lock) -> str:
    return hashlib.sha256((env.ROOT / lock.file).read_bytes()).hexdigest()


def _check_requirements(locks: list[Lock]) -> None:
    """Check the requirements of the packages of whole locks.

    Raises:
        UserError: one is not installed.
    """
    command: list[str | Path] = [PYTHON, "-m", "pip", "check", "--disable-pip-version-check"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if not done.returncode:
        return
    complete = {name for lock in LOCKS if lock.whole for name in lock.packages(env.ROOT)}
    missing = [
        line
        for line in done.stdout.splitlines()
        if canonical_name(line.split(" ", 1)[0]) in complete
    ]
    if missing:
        files = ", ".join(lock.file for lock in locks)
        raise UserError(
            f"{files} left requirements open: {missing[0]} "
            "Remove .venv and start again; if it stays, make the lock files anew (`make lock`)."
        )


def _compile() -> None:
    """Compile packages and app on all cores, even where PYTHONDONTWRITEBYTECODE is set.

    Otherwise every start would compile thousands of files, a short command all of the app's. Files
    that cannot be compiled, such as templates in packages, are ignored. The few packages of the
    other lock files are compiled when they are imported: looking through all files takes 8 s.
    """
    command: list[str | Path] = [PYTHON, "-m", "compileall", "-qq", "-j", "0", "-x", NOT_IMPORTED]
    command.append(FOLDER / "lib")
    command += [env.ROOT / name for name in ("reviewapp", "datasets", "evaluation")]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
