"""The browser of the tests and of the bench: the Chromium that the launcher found, headless."""

import os

from playwright.sync_api import Browser, Playwright

from reviewapp.ops.launcher import chromium

ARGUMENTS = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


def launch_chromium(playwright: Playwright) -> Browser:
    """Start it; its sandbox is on wherever we are not root."""
    return playwright.chromium.launch(
        executable_path=chromium.required(),
        args=list(ARGUMENTS),
        chromium_sandbox=os.geteuid() != 0,
    )
