"""Twenty browsers that open a page at once: waits for the page, and for it with all its files.

`python -m tests.bench.browsers [--json] [--browsers 20] [--rounds 3]`. The server is that of
`make serve`, without a proxy. A real Chromium tells which files the voting page loads; then as many
clients as there are browsers ask for the same with empty caches, as browsers do: the page over one
connection, its files over six, which they keep open. At last one more opens it beside all of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from playwright.sync_api import sync_playwright

from tests.bench import server
from tests.bench.reviewers import percentile
from tests.chromium import launch_chromium

BROWSERS, ROUNDS, EXAMPLES = 20, 3, 200
CONNECTIONS = 6
"""What every well-known browser keeps open to one host over HTTP/1.1."""
LONGEST_MS = 3000.0
BESIDE = 2.0
"""How many times longer than alone a page may take beside connections that are only kept open."""


def main() -> int:
    """Open the page; return 0 if the longest wait and the wait beside the others are in time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--browsers", type=int, default=BROWSERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with server.prepared():
        web = server.WebServer(server.free_port())
        try:
            run = server.inside("voting_inside", "prepare", EXAMPLES, options.browsers)
            files = files_of(web.port, run["path"], run["sessions"][0])
            visit = Visit(web.port, run["path"], files)
            before = web.cpu_seconds()
            found = asyncio.run(measure(visit, run["sessions"], options.rounds))
            spent = web.cpu_seconds() - before
            found["server_cpu_ms_a_page"] = milliseconds(spent / found["pages"])
        finally:
            web.stop()
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"browsers": found}) + "\n")
    in_time = found["page_and_files_ms"]["longest"] <= LONGEST_MS
    return int(not in_time or found["beside_ms"] > BESIDE * found["alone_ms"])


def files_of(port: int, path: str, session: str) -> list[str]:
    """Return the paths of the static files that a real browser loads with a page, in its order."""
    address = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address + path, wait_until="networkidle")
        browser.close()
    static = f"{address}/static/"
    return [url.removeprefix(address) for url in dict.fromkeys(asked) if url.startswith(static)]


@dataclass(frozen=True)
class Visit:
    """What a browser asks for: a page and its files."""

    port: int
    path: str
    files: list[str]


async def measure(visit: Visit, sessions: list[str], rounds: int) -> dict[str, Any]:
    """Open the page alone, then in all sessions at once, then beside their open connections."""
    alone, together, beside = Waits(), Waits(), Waits()
    first = sessions[0]
    await opened(visit, first, Waits())  # It fills caches of the processes.
    for _ in range(rounds):
        (await opened(visit, first, alone)).close()
        browsers = await asyncio.gather(*(opened(visit, session, together) for session in sessions))
        (await opened(visit, first, beside)).close()
        for browser in browsers:
            browser.close()
    return {
        "browsers": len(sessions),
        "connections": CONNECTIONS * len(sessions),
        "pages": 1 + rounds * (len(sessions) + 2),
        "files": len(visit.files),
        "page_ms": figures(together.pages),
        "page_and_files_ms": figures(together.whole),
        "file_ms": figures(together.files),
        "alone_ms": milliseconds(percentile(alone.whole, 0.5)),
        "beside_ms": milliseconds(percentile(beside.whole, 0.5)),
    }


@dataclass
class Waits:
    """Seconds of pages, of pages with all their files, and of single files."""

    pages: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)


def figures(seconds: list[float]) -> dict[str, float]:
    """Return median, 95th percentile and longest of some waits, in milliseconds."""
    found = {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95)}
    return {name: milliseconds(wait) for name, wait in (found | {"longest": max(seconds)}).items()}


def milliseconds(seconds: float) -> float:
    """Return seconds in milliseconds with one decimal."""
    return round(1000 * seconds, 1)


async def opened(visit: Visit, session: str, waits: Waits) -> Browser:
    """Open the page in a new browser; its connections stay open."""
    browser = Browser(visit.port, session)
    began = time.perf_counter()
    await browser.get(visit.path)
    waits.pages.append(time.perf_counter() - began)
    waits.files += await browser.get_all(visit.files)
    waits.whole.append(time.perf_counter() - began)
    return browser


class Browser:
    """The connections of one browser, each of which answers one request at a time."""

    def __init__(self, port: int, session: str) -> None:
        self._port = port
        self._head = (
            f"Host: 127.0.0.1:{port}\r\nAccept-Encoding: gzip, br\r\nCookie: sessionid={session}"
        )
        self._idle: list[Connection] = []

    async def get(self, path: str) -> None:
        """Get a path over a connection that is idle, or else a new one."""
        connection = self._idle.pop() if self._idle else await Connection.to(self._port)
        await connection.get(path, self._head)
        self._idle.append(connection)

    async def get_all(self, paths: list[str]) -> list[float]:
        """Get paths over as many connections as a browser has; return the seconds of each."""
        left, seconds = deque(paths), []

        async def work() -> None:
            while left:
                began = time.perf_counter()
                await self.get(left.popleft())
                seconds.append(time.perf_counter() - began)

        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
        return seconds

    def close(self) -> None:
        """Close all connections."""
        for connection in self._idle:
            connection.close()


class Connection:
    """A connection over HTTP/1.1 that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def to(cls, port: int) -> Connection:
        """Open one to a port of this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def get(self, path: str, head: str) -> None:
        """Get a path and read all of its answer.

        Raises:
            ValueError: the answer is no 200, or does not say how long it is.
        """
        self._writer.write(f"GET {path} HTTP/1.1\r\n{head}\r\n\r\n".encode())
        answer = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = re.search(r"\r\ncontent-length: ([0-9]+)\r\n", answer)
        if length is None or f" {HTTPStatus.OK.value} " not in answer.partition("\r\n")[0]:
            raise ValueError(f"{path}: {answer}")
        await self._reader.readexactly(int(length[1]))

    def close(self) -> None:
        """Close it."""
        self._writer.close()


if __name__ == "__main__":
    sys.exit(main())
