"""The database cluster on disk: its creation, its server's command line and state."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from reviewapp.ops.localpg import binaries
from reviewapp.ops.localpg.paths import ADMIN, ServerPaths
from reviewapp.ops.user_error import UserError

PORT = 5432
SMALL_SHARED_MEMORY_BYTES = 256 * 1024 * 1024
NO_SPACE = "No space left on device"
TAIL_BYTES = 20_000
MAX_LOG_BYTES = 5 * 1024 * 1024
# In postmaster.pid (miscadmin.h in the server's source) the first line is the process id and the
# eighth is the state.
PID_LINE, STATE_LINE = 0, 7

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "warning",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
}
NON_DURABLE_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For a throwaway server: faster, and lost in a crash of the machine."""


def make(paths: ServerPaths, password: str, *, durable: bool) -> None:
    """Create the cluster if there is none.

    A new cluster is renamed when it is complete, so that an interrupted start leaves none in part.

    Raises:
        UserError: the cluster is of another major version of PostgreSQL, or initdb failed.
    """
    have = paths.data / "PG_VERSION"
    if have.exists():
        _check_version(paths, have.read_text(encoding="ascii").strip())
        return
    draft = paths.base / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    password_file = paths.base / ".password"
    password_file.unlink(missing_ok=True)
    descriptor = os.open(password_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(password)
    if paths.account is not None:
        for path in (draft, password_file):
            os.chown(path, paths.account.pw_uid, paths.account.pw_gid)
    try:
        _initdb(paths, draft, password_file, durable=durable)
    finally:
        password_file.unlink()
    draft.rename(paths.data)


def _initdb(paths: ServerPaths, folder: Path, password_file: Path, *, durable: bool) -> None:
    """Run initdb with UTF-8 and the built-in locale, which sorts equally on every machine."""
    command = [
        str(binaries.server_programs(paths) / "initdb"),
        f"--pgdata={folder}",
        f"--username={ADMIN}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    ]
    if not durable:
        command.append("--no-sync")
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd="/", **paths.run_as
    )
    if done.returncode:
        raise UserError(f"The database could not be made in {folder}: {last_line(done.stderr)}")


def _check_version(paths: ServerPaths, have: str) -> None:
    ours = binaries.major_version(paths)
    if have != ours:
        raise UserError(
            f"The data folder {paths.home} is of PostgreSQL {have} and this version brings "
            f"PostgreSQL {ours}: see docs/deploy.md for the upgrade, or start over with "
            "`make reset`."
        )


def server_command(paths: ServerPaths, *, durable: bool) -> list[str]:
    """Return the server's command line."""
    settings = {**SETTINGS, "unix_socket_directories": str(paths.socket)}
    if not durable:
        settings |= NON_DURABLE_SETTINGS
    if _shared_memory_is_small():
        settings["dynamic_shared_memory_type"] = "mmap"
    command = [str(binaries.server_programs(paths) / "postgres"), "-D", str(paths.data)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    return command


def _shared_memory_is_small() -> bool:
    """Return whether /dev/shm is too small for parallel queries, as the 64 MB of containers."""
    try:
        filesystem = os.statvfs("/dev/shm")  # noqa: S108 - nothing is written.
    except OSError:
        return False
    return filesystem.f_blocks * filesystem.f_frsize < SMALL_SHARED_MEMORY_BYTES


def server_pid(paths: ServerPaths) -> int | None:
    """Return the server's process id if it accepts connections, else None."""
    try:
        lines = (paths.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    if len(lines) <= STATE_LINE or lines[STATE_LINE].strip() != "ready":
        return None
    # After a crash of the machine the file is stale, and another process may have this id.
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(paths.socket / f".s.PGSQL.{PORT}"))
        except OSError:
            return None
    return int(lines[PID_LINE])


def is_up(paths: ServerPaths) -> bool:
    """Return whether there is a server process, also one that is starting or stopping."""
    try:
        lines = (paths.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        os.kill(int(lines[PID_LINE]), 0)
    except PermissionError:
        return True
    except (OSError, IndexError, ValueError):
        return False
    return True


def rotate_log(paths: ServerPaths) -> None:
    """Start a new log when the present one is too long; keep one old log."""
    if paths.log.exists() and paths.log.stat().st_size > MAX_LOG_BYTES:
        paths.log.replace(paths.log.with_suffix(".log.1"))


def exit_reason(log: Path) -> str:
    """Return a sentence on why a running server ended, by the end of its log."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - TAIL_BYTES))
            tail = stream.read().decode("utf-8", "replace")
    except OSError:
        tail = ""
    if NO_SPACE in tail:
        return (
            f"The disk is full (no space left), so the database stopped. Free space on the disk of "
            f"{log.parent} and start again: what was stored is kept."
        )
    return f"The database ended by itself; its log is {log}"


def last_line(output: str) -> str:
    """Return the last line that is not empty, or that there was no output."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason was given."
