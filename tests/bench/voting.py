"""Voting over HTTP: votes a second, waits, statements, and whether every vote is counted.

`python -m tests.bench.voting [--json] [--seconds 15] [--sizes 5000:1 5000:16 5000:16:50 50000:16]`;
a size is examples:reviewers, or with the milliseconds of a round trip between reviewers and server.
As in `make demo`, worker and beat run too, and the database holds older runs with votes
(`--history`). Server, database and reviewers share the machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench import server
from tests.bench.relay import delayed
from tests.bench.reviewers import Reviewer, ReviewerSession, percentile

SIZES = ("5000:1", "5000:16", "5000:16:50", "5000:32", "50000:1", "50000:16", "50000:32")
SECONDS = 15.0
HISTORY = 20_000
WARM_UP_SECONDS = 3.0
MAX_STATEMENTS = 12
VOTES_A_SECOND, P95_MS, AT_REVIEWERS = 200, 100, 16


def main() -> int:
    """Measure every size; return 0 if all are within their limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long for each size")
    parser.add_argument("--sizes", nargs="*", default=SIZES, help="examples:reviewers")
    parser.add_argument("--history", type=int, default=HISTORY, help="votes of older runs")
    options = parser.parse_args()
    found = []
    # Without a broker: the messages of beat and worker go through the database.
    with server.prepared(broker=None):
        if options.history:
            server.inside("voting_inside", "history", options.history)
        web, worker = server.WebServer(server.free_port()), server.start_worker()
        try:
            for size in options.sizes:
                examples, reviewers, *delay = map(int, size.split(":"))
                load = Load(examples, reviewers, options.seconds, *delay)
                found.append(measure(web, load, worker_pid=worker.pid))
                sys.stderr.write(f"{found[-1]}\n")
        finally:
            worker.terminate()
            worker.wait()
            web.stop()
    if options.json:
        sys.stdout.write(json.dumps({"voting": found}) + "\n")
    return 0 if all(map(is_good, found)) else 1


@dataclass(frozen=True)
class Load:
    """The number of examples and reviewers, the duration, and the round trip."""

    examples: int
    reviewers: int
    seconds: float
    round_trip_ms: int = 0


def measure(web: server.WebServer, load: Load, *, worker_pid: int) -> dict[str, Any]:
    """Simulate reviewers who vote without pause; return their waits and what was stored."""
    run = server.inside("voting_inside", "prepare", load.examples, load.reviewers)

    def cpu() -> dict[str, float]:
        return _cpu(web, worker_pid)

    if not load.round_trip_ms:
        return _measure(cpu, web.port, load, run)
    with delayed(web.port, load.round_trip_ms, server.free_port()) as port:
        return _measure(cpu, port, load, run)


def _measure(
    cpu_of: Callable[[], dict[str, float]], port: int, load: Load, run: dict[str, Any]
) -> dict[str, Any]:
    sessions = [ReviewerSession(run["path"], cookie) for cookie in run["sessions"]]
    voters = [Reviewer(port, session) for session in sessions]
    stop = threading.Event()
    threads = [threading.Thread(target=voter.vote_until, args=[stop]) for voter in voters]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP_SECONDS)
    before = [len(voter.log.seconds) for voter in voters]
    began, cpu = time.perf_counter(), cpu_of()
    time.sleep(load.seconds)
    passed = time.perf_counter() - began
    cpu = {part: spent - cpu[part] for part, spent in cpu_of().items()}
    after = [len(voter.log.seconds) for voter in voters]
    stop.set()
    for thread in threads:
        thread.join()
    waits = [
        wait
        for voter, first, last in zip(voters, before, after, strict=True)
        for wait in voter.log.seconds[first:last]
    ]
    stored = server.inside("voting_inside", "check", run["run"])
    acknowledged = {key: value for voter in voters for key, value in voter.log.acknowledged.items()}
    return {
        "examples": load.examples,
        "reviewers": load.reviewers,
        "round_trip_ms": load.round_trip_ms,
        "votes_a_second": round(len(waits) / passed, 1),
        "p50_ms": round(1000 * percentile(waits, 0.5), 1),
        "p95_ms": round(1000 * percentile(waits, 0.95), 1),
        "max_ms": round(1000 * max(waits), 1),
        "cpu_ms_a_vote": {
            part: round(1000 * spent / max(len(waits), 1), 2) for part, spent in cpu.items()
        },
        "statements": run["statements"],
        "bytes_of_next": max(voter.log.max_bytes for voter in voters),
        "errors": sum(len(voter.log.errors) for voter in voters),
        "first_error": next((error for voter in voters for error in voter.log.errors), ""),
        "lost": sum(stored["choices"].get(key) != choice for key, choice in acknowledged.items()),
        **{name: stored[name] for name in ("votes", "doubles", "over_quota", "miscounted")},
    }


def _cpu(web: server.WebServer, worker_pid: int) -> dict[str, float]:
    """Processor time so far: what a vote costs even where other programs slow the machine."""
    return {
        "web": web.cpu_seconds(),
        "database": server.database_cpu_seconds(),
        "worker": server.cpu_seconds(worker_pid),
        "reviewers": time.process_time(),
    }


def is_good(measured: dict[str, Any]) -> bool:
    """Return whether a measurement is within every limit."""
    faults = ("errors", "lost", "doubles", "over_quota", "miscounted")
    sound = not any(measured[name] for name in faults) and measured["statements"] <= MAX_STATEMENTS
    if measured["reviewers"] != AT_REVIEWERS:
        return sound
    return sound and measured["votes_a_second"] >= VOTES_A_SECOND and measured["p95_ms"] < P95_MS


if __name__ == "__main__":
    sys.exit(main())
