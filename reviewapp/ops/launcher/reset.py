"""Starting over: the data folder goes, and nothing else."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import say
from reviewapp.ops.localpg import Server
from reviewapp.ops.user_error import UserError

DATA_ENTRIES = (
    *("postgres", "secret_key", "tiktoken", "uploads", "datasets", "rejects"),
    *("static", "static.collected", "celerybeat", "demo.lock", "demo-password", "demo-answers"),
)
"""What the app makes in the data folder; anything else there is somebody's, and stays."""

STOP_SECONDS, POLL_SECONDS = 15.0, 0.1


def reset() -> None:
    """Remove database, uploads and secret key, if nothing uses them.

    Asks on a terminal unless YES=1; without a terminal (a script), it was meant.
    """
    folder = env.data_folder()
    if not folder.exists():
        say(f"There is nothing to reset: {folder} does not exist.")
        return
    server = Server(folder / "postgres")
    if not _is_confirmed(folder):
        raise UserError("Nothing was removed.")
    descriptor = _lock_out_users(server)
    try:
        paths = server.paths
        for one in (paths.socket, paths.base, *(folder / name for name in DATA_ENTRIES)):
            _remove(one)
        if not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be removed ({error.strerror}); run this as its owner."
        ) from error
    finally:
        if descriptor is not None:
            os.close(descriptor)
    say(f"Removed what was in {folder}. `make demo` starts over.")


def _is_confirmed(folder: Path) -> bool:
    if env.optional("YES") == "1" or not sys.stdin.isatty():
        return True
    sys.stdout.write(f"Remove the database and all uploads in {folder}? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _lock_out_users(server: Server) -> int | None:
    """The lock that the server's users share, held alone; UserError while anyone else holds it.

    A server that is being taken down keeps it for a moment.
    """
    if not server.users_lock.exists():
        return None
    descriptor = os.open(server.users_lock, os.O_RDWR)
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if server.pid() is None and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
                continue
            os.close(descriptor)
            raise UserError(
                "The demo or a command still uses the database: stop it (Ctrl-C), then reset."
            ) from None
        return descriptor


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
