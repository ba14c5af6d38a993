"""Safe unpacking of tar files from outside. Standard library only."""

from __future__ import annotations

import tarfile
from pathlib import Path

from reviewapp.ops.user_error import UserError


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Unpack an archive into `folder`.

    The filter of the standard library exists since Python 3.11.4, and Debian 12 has 3.11.2. This
    check is stricter.

    Raises:
        UserError: a member is neither a file nor a folder, or would be written outside `folder`.
    """
    inside = folder.resolve()
    for member in archive.getmembers():
        target = (inside / member.name).resolve()
        if not target.is_relative_to(inside) or not (member.isfile() or member.isdir()):
            raise UserError(f"The archive contains {member.name}, which does not belong there.")
    if hasattr(tarfile, "data_filter"):
        archive.extractall(inside, filter="data")
    else:
        archive.extractall(inside)  # noqa: S202 - every member was checked above.
