"""Where an embedded server keeps its things, and as whom it runs."""

from __future__ import annotations

import hashlib
import os
import pwd
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from reviewapp.ops.user_error import UserError

ADMIN, OWNER, RUNTIME = "touchstone_admin", "touchstone_owner", "touchstone"
"""The superuser (never used by the app), who owns the tables, and whom the app runs as."""
DATABASE = "touchstone"

FALLBACK_FOLDER = Path("/var/lib/touchstone")
SOCKET_FOLDER = Path("/tmp")  # noqa: S108 - our folder in it is private, and refused when it is not ours.
# A socket's address is limited to 104 bytes (macOS) or 108; its file is called .s.PGSQL.5432.
MAX_SOCKET_FOLDER_LENGTH = 103 - len("/.s.PGSQL.5432")
# libpq takes a comma as a list of hosts, and the broker's client does not quote what it is given.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class RunAs(TypedDict, total=False):
    """The part of subprocess.Popen's arguments that gives a child another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerPaths:
    """The folders of one server.

    `home` is ours: locks, log and passwords. `base` is `home`, or a folder that the server's
    account can reach when it cannot reach `home`; it holds the data and copied binaries.
    """

    home: Path
    base: Path
    socket: Path
    account: pwd.struct_passwd | None

    @property
    def data(self) -> Path:
        """The database cluster."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What the server and its supervisor print."""
        return self.home / "postgres.log"

    @property
    def run_as(self) -> RunAs:
        """Arguments that start a child as the server's account."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def make(self) -> None:
        """Make the folders; those that the server writes to belong to its account."""
        for folder in (self.home, self.base):
            make_folder(folder, 0o700 if self.account is None else 0o755)
        self.socket.mkdir(mode=0o700, exist_ok=True)
        found = self.socket.lstat()
        server = os.geteuid() if self.account is None else self.account.pw_uid
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {server, os.geteuid()}:
            raise UserError(f"{self.socket} belongs to someone else; remove it and start again.")
        if self.account is not None:
            os.chown(self.socket, server, self.account.pw_gid)
        self.socket.chmod(0o700)


def locate(home: Path) -> ServerPaths:
    """The place of the server whose folder is `home` (absolute; it need not exist yet)."""
    account = server_account()
    name = f"{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"
    base = home
    if account is not None and not is_reachable(home, account):
        base = FALLBACK_FOLDER / name
    socket = base / "run"
    if len(os.fsencode(socket)) > MAX_SOCKET_FOLDER_LENGTH or not PLAIN_PATH.fullmatch(str(socket)):
        socket = SOCKET_FOLDER / f"touchstone-{name}"
    return ServerPaths(home=home, base=base, socket=socket, account=account)


def server_account() -> pwd.struct_passwd | None:
    """Whom the server runs as: us, or an unprivileged account when we are root.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise UserError(
        "Run this as a normal user: there is no account that the database could run as."
    )


def is_reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether the account may enter every existing folder on the way to `path`, and read it."""
    if path.exists() and not _allows(path, account, stat.S_IROTH | stat.S_IXOTH):
        return False
    return all(_allows(folder, account, stat.S_IXOTH) for folder in path.parents if folder.exists())


def _allows(path: Path, account: pwd.struct_passwd, wanted: int) -> bool:
    found = path.stat()
    if found.st_uid == account.pw_uid:
        wanted <<= 6
    elif found.st_gid == account.pw_gid:
        wanted <<= 3
    return found.st_mode & wanted == wanted


def make_folder(folder: Path, mode: int) -> None:
    """Make a folder and its parents with exactly this mode; leave existing ones alone."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        try:
            one.mkdir(mode=mode, exist_ok=True)
            one.chmod(mode)
        except OSError as error:
            raise UserError(
                f"The folder {one} cannot be made ({error.strerror}); "
                "set TOUCHSTONE_DATA to one that you may write to."
            ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(
            f"The folder {folder} belongs to someone else; "
            "run this as its owner, or set TOUCHSTONE_DATA to a folder of yours."
        )
