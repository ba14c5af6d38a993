"""The virtual environment: made once, and brought up to date with the lock files."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from reviewapp import env
from reviewapp.launcher.console import must_run, say
from reviewapp.launcher.locks import Lock
from reviewapp.problem import Problem

FOLDER = env.ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
# Prints something only if this is a Python that is new enough and can install packages.
PROBE = "import sys, pip; print('yes' if sys.version_info >= (3, 11) else '')"


def prepare(*locks: Lock) -> None:
    """Have a virtual environment with these locks installed; quick when nothing has changed."""
    if not _works():
        _make()
    for lock in locks:
        _install(lock)


def _works() -> bool:
    if not PYTHON.exists():
        return False
    done = subprocess.run([PYTHON, "-c", PROBE], check=False, capture_output=True, text=True)
    return done.stdout.strip() == "yes"


def _make() -> None:
    say(f"making the virtual environment {FOLDER}")
    refusal = f"The virtual environment {FOLDER} could not be made; the reason stands above."
    if all(map(importlib.util.find_spec, ("venv", "ensurepip"))):
        must_run([sys.executable, "-m", "venv", "--clear", FOLDER], refusal)
    elif uv := shutil.which("uv"):
        must_run(
            [uv, "venv", "--quiet", "--seed", "--clear", "-p", sys.executable, FOLDER], refusal
        )
    else:
        raise Problem(
            "This Python cannot make virtual environments: type `apt-get install python3-venv` "
            "as root (Debian, Ubuntu), or install uv, and start again."
        )


def _install(lock: Lock) -> None:
    """Install one lock file, unless it is installed already: a stamp holds its digest."""
    file = env.ROOT / lock.file
    stamp = FOLDER / f"installed-{lock.file}"
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == digest:
        return
    say(f"installing {lock.file} (this takes a minute or so)")
    command: list[str | Path] = [PYTHON, "-m", "pip", "install", "--no-input"]
    # Twice quiet: only errors. A warning about the index is for whoever set up the machine.
    command += ["--quiet", "--quiet"]
    command += ["--disable-pip-version-check", "--require-hashes", "--requirement", file]
    command.append("--no-compile")
    if not lock.whole:
        command.append("--no-deps")
    must_run(
        command,
        f"{lock.file} could not be installed; pip says why above. Start again to go on.",
        PIP_USER="0",
    )
    _compile()
    stamp.write_text(digest, encoding="ascii")


def _compile() -> None:
    """Compile what was installed: on all cores, and also where Python is told not to by itself.

    Without it every start would compile some thousand files anew. Files that cannot be compiled
    (templates of packages) are no reason to stop.
    """
    command: list[str | Path] = [PYTHON, "-m", "compileall", "-qq", "-j", "0", FOLDER / "lib"]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
