"""An embedded server: starting or joining it, releasing it, and connecting to it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from reviewapp import env
from reviewapp.ops.localpg import cluster, roles
from reviewapp.ops.localpg.paths import (
    ADMIN,
    DATABASE,
    OWNER,
    RUNTIME,
    ServerPaths,
    locate,
    make_folder,
)
from reviewapp.ops.localpg.supervisor_config import SupervisorConfig
from reviewapp.ops.user_error import UserError

START_SECONDS = 60.0
POLL_SECONDS = 0.02


class Connection(TypedDict):
    """libpq's connection parameters."""

    host: str
    port: int
    user: str
    password: str
    dbname: str


class Server:
    """The server in the folder `home`. The constructor changes nothing.

    `throwaway` is for tests: nothing is flushed to disk, the owner may create databases, and the
    folder is removed with the last user.
    """

    def __init__(self, home: Path, *, throwaway: bool = False) -> None:
        self.paths: ServerPaths = locate(home.absolute())
        self.throwaway = throwaway
        self._held: int | None = None

    @property
    def users_lock(self) -> Path:
        """The file on which every user of the server has a shared lock."""
        return self.paths.home / "users.lock"

    @property
    def lock_descriptor(self) -> int:
        """The descriptor of the lock. A child that inherits it uses the server too."""
        if self._held is None:
            raise RuntimeError("The server was not acquired.")
        return self._held

    def pid(self) -> int | None:
        """Return the server's process id if it accepts connections, else None."""
        return cluster.server_pid(self.paths)

    def connection(self, role: str) -> Connection:
        """Return the parameters to connect as OWNER or RUNTIME, without starting the server.

        The password is empty before the first start.
        """
        return Connection(
            host=str(self.paths.socket),
            port=cluster.PORT,
            user=role,
            password=self._passwords().get(role, ""),
            dbname=DATABASE,
        )

    def make_passwords(self) -> None:
        """Create folder and passwords, so that `connection` is complete before the first start."""
        self.paths.make()
        with self._starting():
            self._keep_passwords()

    def address(self, role: str) -> str:
        """Return the value of DATABASE_URL that connects as `role`."""
        parts = self.connection(role)
        user = f"{parts['user']}:{quote(parts['password'], safe='')}"
        folder = quote(parts["host"], safe="")
        return f"postgresql://{user}@/{parts['dbname']}?host={folder}&port={parts['port']}"

    def acquire(self) -> None:
        """Start the server or join it; it then runs at least until this process ends.

        Safe to call again, and in many processes at once.

        Raises:
            UserError: it cannot be started.
        """
        if self._held is not None:
            return
        self.paths.make()
        descriptor = _open_lock(self.users_lock)
        try:
            # Waits while a server shuts down.
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            self._start_or_join()
        except BaseException:
            os.close(descriptor)
            raise
        self._held = descriptor

    def _start_or_join(self) -> None:
        with self._starting():
            passwords = self._keep_passwords()
            if self.pid() is None:
                cluster.make(self.paths, passwords[ADMIN], durable=not self.throwaway)
                self._start()
            roles.prepare(self.paths, passwords, throwaway=self.throwaway)

    def release(self, wait_seconds: float = 0.0) -> bool:
        """Release the server; return whether it stopped within `wait_seconds`."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
        deadline = time.monotonic() + wait_seconds
        while (running := cluster.is_up(self.paths)) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return not running

    def _start(self) -> None:
        cluster.rotate_log(self.paths)
        supervisor_config = SupervisorConfig(
            command=cluster.server_command(self.paths, durable=not self.throwaway),
            lock=str(self.users_lock),
            run_as=self.paths.run_as,
            remove=self._stale_files() if self.throwaway else [],
        )
        begin = self.paths.log.stat().st_size if self.paths.log.exists() else 0
        supervisor = self._start_supervisor(supervisor_config)
        deadline = time.monotonic() + START_SECONDS
        try:
            while self.pid() is None:
                if _has_ended(supervisor) or time.monotonic() > deadline:
                    raise UserError(
                        f"The database did not start: {self._start_error(begin)} "
                        f"Its log is {self.paths.log}."
                    )
                time.sleep(POLL_SECONDS)
        finally:
            os.close(supervisor)

    def _start_supervisor(self, supervisor_config: SupervisorConfig) -> int:
        """Start the supervisor; return the reading end of a pipe that it closes when it ends."""
        reading, writing = os.pipe()
        try:
            with self.paths.log.open("ab") as log:
                subprocess.run(
                    [
                        sys.executable,
                        "-m",
                        "reviewapp.ops.localpg.supervisor",
                        supervisor_config.as_argument(),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=env.ROOT,
                    start_new_session=True,
                    pass_fds=(writing,),
                    check=True,
                )
        finally:
            os.close(writing)
        os.set_blocking(reading, False)
        return reading

    def _start_error(self, begin: int) -> str:
        with self.paths.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode("utf-8", "replace").splitlines()
        if any(cluster.NO_SPACE in line for line in lines):
            return f"The disk of {self.paths.home} is full (no space left). Free some space."
        fatal = [line for line in lines if "FATAL" in line or "Error" in line]
        return cluster.last_line("\n".join(fatal or lines))

    def _stale_files(self) -> list[str]:
        folders = (self.paths.home, self.paths.base, self.paths.socket)
        return [str(folder) for folder in dict.fromkeys(folders)]

    @contextmanager
    def _starting(self) -> Iterator[None]:
        """Lock out other processes that want to start the server."""
        descriptor = _open_lock(self.paths.home / "start.lock")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @property
    def _password_file(self) -> Path:
        return self.paths.home / "passwords.json"

    def _passwords(self) -> dict[str, str]:
        try:
            content = self._password_file.read_text(encoding="utf-8")
        except OSError:
            return {}
        passwords: dict[str, str] = json.loads(content)
        return passwords

    def _keep_passwords(self) -> dict[str, str]:
        known = self._passwords()
        if known:
            return known
        if (self.paths.data / "PG_VERSION").exists():
            raise UserError(
                f"{self._password_file} is missing or cannot be read, and the database needs it; "
                "put it back from a copy, or start over with `make reset`."
            )
        made = {role: secrets.token_urlsafe(24) for role in (ADMIN, OWNER, RUNTIME)}
        env.write_private(self._password_file, json.dumps(made))
        return made


def _open_lock(file: Path) -> int:
    make_folder(file.parent, 0o700)
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)


def _has_ended(pipe: int) -> bool:
    """Return whether the process at the other end of a pipe, which writes nothing, has ended."""
    try:
        return os.read(pipe, 1) == b""
    except BlockingIOError:
        return False
