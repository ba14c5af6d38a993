"""The browser of the tests and of the bench: a headless Chromium, found or installed.

The order: $CHROMIUM, a browser on the PATH, Debian's packages (as root), Playwright's own download.
Tests are never skipped without a browser. `python -m tests.chromium` is what `make test` runs
first.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from reviewapp import env
from reviewapp.ops.launcher.console import EXIT_FAILED, print_error, print_line, run
from reviewapp.ops.user_error import UserError

ARGUMENTS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


def launch_chromium(playwright: Playwright) -> Browser:
    """Start it; its sandbox is on wherever we are not root."""
    return playwright.chromium.launch(
        executable_path=required(),
        args=list(ARGUMENTS),
        chromium_sandbox=os.geteuid() != 0,
    )


# Without windows, extensions and services of a whole browser it takes a third less processor time.
HEADLESS_SHELL = "chromium-headless-shell"
NAMES = (
    HEADLESS_SHELL,
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("chrome", "microsoft-edge", "msedge"),
)
MACOS_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
BY_HAND = (
    "type `apt-get install chromium` (as root) or `.venv/bin/playwright install chromium`, "
    "or set CHROMIUM to the program of a browser"
)


def find() -> str | None:
    """The program of a Chromium that is here already, or None."""
    chosen = env.optional("CHROMIUM")
    if chosen is not None:
        program = shutil.which(chosen)
        if program is None:
            raise UserError(f"CHROMIUM is {chosen}, which is no program; correct or unset it.")
        return program
    for name in (*NAMES, *MACOS_BROWSERS, *_downloaded_by_playwright()):
        if program := shutil.which(name):
            return program
    return None


def required() -> str:
    """Return the program of an installed Chromium; UserError with the line to type if none is."""
    program = find()
    if program is None:
        raise UserError(f"There is no Chromium for the browser tests: {BY_HAND}.")
    return program


def obtain() -> str:
    """Find a Chromium or install one; UserError with the line to type if no way works."""
    for install in (_nothing, _install_by_apt, _install_by_playwright):
        install()
        if program := find():
            return program
    return required()


def _nothing() -> None:
    """A browser may be here already."""


def _install_by_apt() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    print_line("installing Chromium with apt-get")
    quiet = ["apt-get", "-q", "-q"]
    run([*quiet, "update"])
    for package in (HEADLESS_SHELL, "chromium"):
        options = ["-y", "--no-install-recommends"]
        if not run([*quiet, "install", *options, package], DEBIAN_FRONTEND="noninteractive"):
            return


def _install_by_playwright() -> None:
    print_line("asking Playwright for its Chromium")
    run([sys.executable, "-m", "playwright", "install", "chromium-headless-shell"])


def _downloaded_by_playwright() -> Iterator[str]:
    for cache in ("~/.cache/ms-playwright", "~/Library/Caches/ms-playwright"):
        for folder in sorted(Path(cache).expanduser().glob("chromium*")):
            for name in ("headless_shell", "chrome-headless-shell", "chrome"):
                yield from (str(program) for program in folder.glob(f"*/{name}"))


if __name__ == "__main__":
    try:
        obtain()
    except UserError as problem:
        print_error(str(problem))
        sys.exit(EXIT_FAILED)
