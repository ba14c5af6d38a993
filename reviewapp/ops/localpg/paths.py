"""The folders of an embedded server, and the account that it runs as."""

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
"""The superuser (never used by the app), the owner of the tables, and the app's own role."""
DATABASE = "touchstone"

FALLBACK_FOLDER = Path("/var/lib/touchstone")
SOCKET_FOLDER = Path("/tmp")  # noqa: S108 - # our folder in it is private, and its owner is checked.
# A socket's address is limited to 104 bytes (macOS) or 108; its file is called .s.PGSQL.5432.
MAX_SOCKET_FOLDER_LENGTH = 103 - len("/.s.PGSQL.5432")
# libpq splits hosts at commas, and the broker's client does not quote.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


class RunAs(TypedDict, total=False):
    """The arguments of subprocess.Popen that start a child as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerPaths:
    """The folders of one server.

    Attributes:
        home: our folder, with locks, log and passwords.
        base: the folder of the data and copied binaries: `home`, or another one if the server's
            account cannot enter `home`.
        socket: the folder of the socket.
        account: the server's account; None for our own.
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
        """The output of the server and its supervisor."""
        return self.home / "postgres.log"

    @property
    def run_as(self) -> RunAs:
        """Arguments that start a child as the server's account."""
        if self.account is None:
            return {}
        return {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}

    def make(self) -> None:
        """Create the folders; those that the server writes to belong to its account.

        Raises:
            UserError: a folder cannot be created or belongs to another user.
        """
        for folder in (self.home, self.base):
            make_folder(folder, 0o700 if self.account is None else 0o755)
        self.socket.mkdir(mode=0o700, exist_ok=True)
        status = self.socket.lstat()
        server = os.geteuid() if self.account is None else self.account.pw_uid
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {server, os.geteuid()}:
            raise UserError(f"{self.socket} belongs to someone else; remove it and start again.")
        if self.account is not None:
            os.chown(self.socket, server, self.account.pw_gid)
        self.socket.chmod(0o700)


def locate(home: Path) -> ServerPaths:
    """Return the folders of the server at `home` (absolute; it need not exist yet)."""
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
    """Return None for our own account, or as root an unprivileged one.

    PostgreSQL does not run as root.
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
    """Return whether the account may enter every existing folder above `path`, and read it."""
    if path.exists() and not _allows(path, account, stat.S_IROTH | stat.S_IXOTH):
        return False
    return all(_allows(folder, account, stat.S_IXOTH) for folder in path.parents if folder.exists())


def _allows(path: Path, account: pwd.struct_passwd, others: int) -> bool:
    """Return whether the account has these rights, given as bits of the mode for others."""
    status, bits = path.stat(), others
    if status.st_uid == account.pw_uid:
        bits <<= 6
    elif status.st_gid == account.pw_gid:
        bits <<= 3
    return status.st_mode & bits == bits


def make_folder(folder: Path, mode: int) -> None:
    """Create a folder and its parents with exactly this mode; existing ones stay unchanged.

    Raises:
        UserError: a folder cannot be created or written to.
    """
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        try:
            path.mkdir(mode=mode, exist_ok=True)
            path.chmod(mode)
        except OSError as error:
            raise UserError(
                f"The folder {path} cannot be made ({error.strerror}); "
                "set TOUCHSTONE_DATA to one that you may write to."
            ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(
            f"The folder {folder} belongs to someone else; "
            "run this as its owner, or set TOUCHSTONE_DATA to a folder of yours."
        )
