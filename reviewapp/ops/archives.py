"""Unpacking tar files that somebody else made. Standard library only."""

from __future__ import annotations

import tarfile
from pathlib import Path

from reviewapp.ops.user_error import UserError


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack into `folder`; UserError if a member would land outside or is no file or folder.

    The standard library's own filter came with Python 3.11.4, and Debian 12 has 3.11.2. The check
    here is stricter.
    """
    inside = folder.resolve()
    for member in archive.getmembers():
        target = (inside / member.name).resolve()
        if not target.is_relative_to(inside) or not (member.isfile() or member.isdir()):
            raise UserError(f"The archive holds {member.name}, which does not belong there.")
    if hasattr(tarfile, "data_filter"):
        archive.extractall(inside, filter="data")
    else:
        archive.extractall(inside)  # noqa: S202 - every member was checked above.
