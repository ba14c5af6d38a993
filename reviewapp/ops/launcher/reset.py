"""`make reset`: removes the app's data folder and nothing else."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import time
from pathlib import Path

from reviewapp import env
from reviewapp.ops.launcher.console import print_line
from reviewapp.ops.localpg import Server
from reviewapp.ops.user_error import UserError

DATA_ENTRIES = (
    *("postgres", "secret_key", "tiktoken", "uploads", "datasets", "rejects"),
    *("static", "static.collected", "celerybeat", "demo.lock", "demo-password", "demo-answers"),
)
"""The entries that the app creates in the data folder. Others are not ours and stay."""

STOP_SECONDS, POLL_SECONDS = 15.0, 0.1


def reset() -> None:
    """Remove database, uploads and secret key, if nothing uses them.

    Asks on a terminal unless YES=1; does not ask a script.

    Raises:
        UserError: not confirmed, in use, or a file cannot be removed.
    """
    folder = env.data_folder()
    if not folder.exists():
        print_line(f"There is nothing to reset: {folder} does not exist.")
        return
    server = Server(folder / "postgres")
    if not _is_confirmed(folder):
        raise UserError("Nothing was removed.")
    descriptor = _lock_out_users(server)
    try:
        paths = server.paths
        for path in (paths.socket, paths.base, *(folder / name for name in DATA_ENTRIES)):
            _remove(path)
        if not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise UserError(
            f"{error.filename} cannot be removed ({error.strerror}); run this as its owner."
        ) from error
    finally:
        if descriptor is not None:
            os.close(descriptor)
    print_line(f"Removed what was in {folder}. `make demo` starts over.")


def _is_confirmed(folder: Path) -> bool:
    if env.optional("YES") == "1" or not sys.stdin.isatty():
        return True
    sys.stdout.write(f"Remove the database and all uploads in {folder}? [y/N] ")
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _lock_out_users(server: Server) -> int | None:
    """Return the descriptor of the exclusive lock on the server; None if it has never run.

    Waits for a server that is shutting down.

    Raises:
        UserError: another process uses the server.
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
