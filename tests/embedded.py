"""Folders for embedded servers of tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reviewapp.ops.localpg import Server

STOP_SECONDS = 60.0


@contextmanager
def server_folder() -> Iterator[Path]:
    """Create a folder that the server's account can enter; pytest's own is closed to it.

    A server stops by itself after its last user has ended, and writes files until then. The folder
    is removed when all servers in it have stopped.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if os.geteuid() == 0:
            folder.chmod(0o755)
        yield folder
        for server in _servers(folder):
            assert server.release(STOP_SECONDS), f"The server in {server.paths.home} still runs."
            shutil.rmtree(server.paths.socket, ignore_errors=True)


def _servers(folder: Path) -> list[Server]:
    # os.walk passes over what a server removes meanwhile.
    return [Server(Path(path)) for path, _, files in os.walk(folder) if "users.lock" in files]
