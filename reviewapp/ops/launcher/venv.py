"""The virtual environment: made once, and brought up to date with the lock files."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import run_or_fail, say
from reviewapp.ops.launcher.locks import LOCKS, Lock, canonical_name
from reviewapp.ops.user_error import UserError

FOLDER = env.ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
# Prints something only if this is a Python that is new enough and can install packages.
PROBE = "import sys, pip; print('yes' if sys.version_info >= (3, 11) else '')"


def prepare(*locks: Lock) -> None:
    """Have a virtual environment with these locks installed; quick when nothing has changed."""
    if not _works():
        _make()
    new = [lock for lock in locks if not _is_installed(lock)]
    for lock in new:
        _install(lock)
    if new:
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
    say(f"making the virtual environment {FOLDER}")
    refusal = f"The virtual environment {FOLDER} could not be made; the reason stands above."
    if all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        run_or_fail([sys.executable, "-m", "venv", "--clear", FOLDER], refusal)
    elif uv := shutil.which("uv"):
        run_or_fail(
            [uv, "venv", "--quiet", "--seed", "--clear", "-p", sys.executable, FOLDER], refusal
        )
    else:
        raise UserError(
            "This Python cannot make virtual environments: type `apt-get install python3-venv` "
            "as root (Debian, Ubuntu), or install uv, and start again."
        )


def _is_installed(lock: Lock) -> bool:
    """Return whether the stamp of the virtual environment holds the digest of this lock file."""
    stamp = _stamp(lock)
    return stamp.exists() and stamp.read_text(encoding="ascii") == _digest(lock)


def _stamp(lock: Lock) -> Path:
    return FOLDER / f"installed-{lock.file}"


def _digest(lock: Lock) -> str:
    return hashlib.sha256((env.ROOT / lock.file).read_bytes()).hexdigest()


def _install(lock: Lock) -> None:
    """Install one lock file, without dependency resolution.

    With it, pip would look for the newest version that satisfies a requirement the lock does not
    spell out (an extra), and refuse it for want of a hash as soon as the index has a newer one.
    """
    say(f"installing {lock.file} (this takes a minute or so)")
    command: list[str | Path] = [PYTHON, "-m", "pip", "install", "--no-input"]
    # Twice quiet: only errors. A warning about the index is for whoever set up the machine.
    command += ["--quiet", "--quiet"]
    command += ["--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", "--require-hashes", "--requirement", env.ROOT / lock.file]
    run_or_fail(
        command,
        f"{lock.file} could not be installed; pip says why above. Start again to go on.",
        PIP_USER="0",
    )


def _check_requirements(locks: list[Lock]) -> None:
    """Raise UserError if a package of a whole lock lacks what it requires."""
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
    """Compile what was installed: on all cores, and also where Python is told not to by itself.

    Without it every start would compile some thousand files anew. Files that cannot be compiled
    (templates of packages) are no reason to stop.
    """
    command: list[str | Path] = [PYTHON, "-m", "compileall", "-qq", "-j", "0", FOLDER / "lib"]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
