"""Installs lock files into the virtual environment: with uv, or with pip where uv cannot.

pip takes 39 s for the packages of the app and its tests, uv 5 s. uv does not read
how pip is configured, so it receives that as variables.
"""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import print_line, run_or_fail
from reviewapp.ops.launcher.locks import INSTALLER, Lock

# The last part of a setting's name (`global.index-url`, `install.cert`, `:env:.find-links`), the
# variable of uv, and what that separates several values with.
SETTINGS = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "default-timeout": ("UV_HTTP_TIMEOUT", " "),
    "proxy": ("ALL_PROXY", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "client-cert": ("SSL_CLIENT_CERT", " "),
}
# Without resolution, as the whole lock is there: pip would search the newest version for a
# requirement that a lock does not list (an extra), and reject it because of a missing hash.
FROM_LOCKS = ["--no-deps", "--require-hashes"]


def install(python: Path, locks: Iterable[Lock]) -> None:
    """Install lock files into the environment of this Python.

    Raises:
        UserError: neither uv nor pip could.
    """
    names = [lock.file for lock in locks]
    files = ", ".join(names)
    print_line(f"installing {files} (this takes a minute or so)")
    if _by_uv(python, names):
        return
    run_or_fail(
        [*_pip(python), *FROM_LOCKS, *_requirements(names)],
        f"{files} could not be installed; pip gives the reason above. Start again to continue.",
        PIP_USER="0",
    )


def _by_uv(python: Path, files: list[str]) -> bool:
    """Return whether uv, which is installed first, has installed the lock files."""
    uv = python.with_name("uv")
    if not uv.exists():
        wheel = [*_pip(python), *FROM_LOCKS, "--only-binary", ":all:"]
        _works([*wheel, *_requirements([INSTALLER.file])], PIP_USER="0")
    if not uv.exists():
        return False
    command: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", python, *FROM_LOCKS]
    return _works([*command, *_requirements(files)], **_variables(python))


def _pip(python: Path) -> list[str | Path]:
    """Return the beginning of a command that installs with pip."""
    options = ["--no-input", "--disable-pip-version-check", "--no-compile"]
    # Twice --quiet: only errors. Warnings about the index do not help the user here.
    return [python, "-m", "pip", "install", *options, "--quiet", "--quiet"]


def _requirements(files: list[str]) -> list[str | Path]:
    return [word for file in files for word in ("--requirement", env.ROOT / file)]


def _works(command: list[str | Path], **variables: str) -> bool:
    done = subprocess.run(
        command, check=False, capture_output=True, cwd=env.ROOT, env=env.child(**variables)
    )
    return not done.returncode


def _variables(python: Path) -> dict[str, str]:
    """Return the variables that give uv the settings of pip, except for those set for uv."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"], check=False, capture_output=True, text=True
    )
    wanted = variables_of(listed.stdout)
    return {name: value for name, value in wanted.items() if name not in os.environ}


def variables_of(listed: str) -> dict[str, str]:
    """Return the variables of uv for what `pip config list` prints; later lines win, as in pip."""
    # Like pip, uv takes a version from whichever index has it. The hash says which file is meant.
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        variable, separator = SETTINGS.get(name.rpartition(".")[2], ("", ""))
        if variable:
            variables[variable] = separator.join(str(ast.literal_eval(value)).split())
    return variables
