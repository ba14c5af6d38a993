"""Whether the collected static files are those of this checkout: collecting takes a while."""

from __future__ import annotations

import hashlib
from pathlib import Path

from reviewapp import env

SOURCES = ("requirements.txt", "reviewapp/settings.py", "reviewapp/web/storage.py")


def fingerprint() -> str:
    """A digest that changes with our static files, the packages that bring some, and settings."""
    digest = hashlib.sha256()
    for file in sorted((env.ROOT / "static").rglob("*")):
        if file.is_file():
            found = file.stat()
            digest.update(f"{file}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    for name in SOURCES:
        digest.update((env.ROOT / name).read_bytes())
    return digest.hexdigest()


def are_current(folder: Path) -> bool:
    """Whether what was collected into `folder` is still right."""
    stamp = _stamp(folder)
    return stamp.exists() and stamp.read_text(encoding="ascii") == fingerprint()


def mark_current(folder: Path, digest: str) -> None:
    """Remember that `folder` holds what the fingerprint stood for when collecting began."""
    _stamp(folder).write_text(digest, encoding="ascii")


def _stamp(folder: Path) -> Path:
    """Not in the folder itself, whose files everyone may fetch."""
    return folder.with_name("static.collected")
