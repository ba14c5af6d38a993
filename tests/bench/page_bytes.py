"""What a reviewer's browser loads: the voting page with an empty cache, and each vote after it.

`python -m tests.bench.page_bytes [--json]`. Bytes as they come over the wire, headers included,
by a real Chromium from the web server as `make demo` runs it.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from playwright.sync_api import CDPSession, expect, sync_playwright

from tests.bench import server
from tests.chromium import launch_chromium

FIRST_BYTES, NEXT_BYTES = 150_000, 10_000
VOTES = 10
READING_MS = 1000
"""More than a pair must be on the screen before a choice counts."""


class Wire:
    """Counts what a page loads: how many files, and their bytes."""

    def __init__(self, devtools: CDPSession) -> None:
        self.files, self.bytes = 0, 0
        devtools.on("Network.loadingFinished", self._add)
        devtools.send("Network.enable")

    def _add(self, event: dict[str, Any]) -> None:
        self.files += 1
        self.bytes += round(event["encodedDataLength"])

    def taken(self) -> tuple[int, int]:
        """Return files and bytes since the last time."""
        found = self.files, self.bytes
        self.files = self.bytes = 0
        return found


def main() -> int:
    """Load, vote and count; 0 if both are within their limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    with server.prepared():
        web = server.WebServer(server.free_port())
        try:
            found = measure(web)
        finally:
            web.stop()
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"page_bytes": found}) + "\n")
    return int(found["first_bytes"] >= FIRST_BYTES or found["next_bytes"] >= NEXT_BYTES)


def measure(web: server.WebServer) -> dict[str, int]:
    """Open the page as a reviewer with an empty cache, then vote by keyboard."""
    run = server.inside("voting_inside", "prepare", 50, 1)
    address = f"http://127.0.0.1:{web.port}"
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": run["sessions"][0], "url": address}])
        page = context.new_page()
        page.clock.install()
        wire = Wire(context.new_cdp_session(page))
        page.goto(address + run["path"], wait_until="networkidle")
        files, first = wire.taken()
        largest = 0
        for _ in range(VOTES):
            shown = page.locator("[data-stage] article").get_attribute("data-id")
            page.clock.fast_forward(READING_MS)
            with page.expect_response(lambda response: "/cast/" in response.url):
                page.keyboard.press("ArrowLeft")
            expect(page.locator(f"[data-stage] [data-id='{shown}']")).to_have_count(0)
            page.wait_for_load_state("networkidle")
            largest = max(largest, wire.taken()[1])
        browser.close()
    return {"first_files": files, "first_bytes": first, "next_bytes": largest}


if __name__ == "__main__":
    sys.exit(main())
