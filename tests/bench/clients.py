"""Slow and silent clients: the wait of others for `/healthz` while their sockets are open.

`python -m tests.bench.clients [--json]`. Of each kind, a hundred sockets are open at a time.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import time
from contextlib import ExitStack
from urllib.request import urlopen

from tests.bench import server
from tests.bench.reviewers import percentile

SOCKETS, PROBES, MAX_MS = 100, 50, 100.0
ASK = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
KINDS = {
    "silent": b"",
    "half a head": ASK + b"X-Slow: ",
    "half a body": ASK + b"Content-Length: 9\r\n\r\nhalf",
    "closes late": ASK + b"Connection: close\r\n\r\n",
}


def main() -> int:
    """Measure each kind; return 0 if the longest wait of every kind is within the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    with server.prepared():
        web = server.WebServer(server.free_port())
        try:
            found = {kind: _wait_ms(web.port, sent) for kind, sent in KINDS.items()}
        finally:
            web.stop()
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"clients": found}) + "\n")
    return int(max(kind_figures["max_ms"] for kind_figures in found.values()) > MAX_MS)


def _wait_ms(port: int, sent: bytes) -> dict[str, float]:
    """Open the sockets, then measure requests; return median and maximum in milliseconds."""
    waits = []
    with ExitStack() as clients:
        for _ in range(SOCKETS):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(sent)
        for _ in range(PROBES):
            began = time.perf_counter()
            urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60).close()
            waits.append(1000 * (time.perf_counter() - began))
    return {"p50_ms": round(percentile(waits, 0.5), 1), "max_ms": round(max(waits), 1)}


if __name__ == "__main__":
    sys.exit(main())
