"""How long a reviewer waits from a key to the next comparison on the screen, in a real browser.

`python -m tests.bench.key_to_next [--votes N] [--json]`, directly and at a round trip of 50 ms. The
time is that between the event of the key and the first moment after the frame that has the next
comparison. The reviewer reads each for a second, in which the page fetches another in advance.
"""

from __future__ import annotations

import argparse
import json
import sys
from statistics import median, quantiles

from playwright.sync_api import Page, sync_playwright

from tests.bench import relay, server
from tests.chromium import launch_chromium

LIMIT_MS = 50.0
ROUND_TRIPS = (0, 50)
READING_MS = 1000
"""More than a pair must be on the screen before a choice counts."""

# The task after an animation frame begins when that frame has been painted.
WATCH = """() => {
  const stage = document.querySelector("[data-stage]");
  const shown = () => stage.querySelector("article")?.dataset.id;
  let pressed = 0, before = shown();
  window.waits = [];
  addEventListener("keydown", event => { pressed = event.timeStamp; before = shown(); }, true);
  new MutationObserver(() => {
    if (!pressed || !shown() || shown() === before) return;
    const begin = pressed;
    pressed = 0;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.waits.push(performance.now() - begin);
      port2.postMessage(null);
    });
  }).observe(stage, { childList: true, subtree: true });
}"""


def main() -> int:
    """Vote at each round trip; 0 if 95 of 100 waits are within the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--votes", type=int, default=100)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    found = {}
    with server.prepared():
        web = server.WebServer(server.free_port())
        try:
            for milliseconds in ROUND_TRIPS:
                with relay.delayed(web.port, milliseconds, server.free_port()) as port:
                    found[milliseconds] = measure(port, options.votes)
                sys.stderr.write(f"round trip of {milliseconds} ms: {found[milliseconds]}\n")
        finally:
            web.stop()
    if options.json:
        sys.stdout.write(json.dumps({"key_to_next": found}) + "\n")
    return int(any(waits["p95_ms"] > LIMIT_MS for waits in found.values()))


def measure(port: int, votes: int) -> dict[str, float]:
    """Vote by keyboard as a reviewer; return median, 95th percentile and maximum of the waits."""
    run = server.inside("voting_inside", "prepare", votes + 10, 1)
    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": run["sessions"][0], "url": address}])
        page = context.new_page()
        page.goto(address + run["path"])
        page.wait_for_selector("[data-stage] article")
        page.evaluate(WATCH)
        waits = _vote(page, votes)
        browser.close()
    return {
        "p50_ms": round(median(waits), 1),
        "p95_ms": round(quantiles(waits, n=20)[-1], 1),
        "max_ms": round(max(waits), 1),
    }


def _vote(page: Page, votes: int) -> list[float]:
    for number in range(1, votes + 1):
        page.wait_for_timeout(READING_MS)
        page.keyboard.press("ArrowLeft" if number % 2 else "ArrowRight")
        page.wait_for_function("count => window.waits.length === count", arg=number)
    return list(page.evaluate("window.waits"))


if __name__ == "__main__":
    sys.exit(main())
