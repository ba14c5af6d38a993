"""A bulk action on 50,000 examples, whose worker is killed in the middle.

`python -m tests.bench.bulk_actions [--json] [--examples 50000] [--kinds submit delete]`. To reach:
each example has one event of the action, although SIGKILL ended the worker; the job continues
where it was, after the lease of the lost worker. One of the first kind is cancelled before it, and
changes nothing more. An undo leaves one event more.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from reviewapp.ops import database
from reviewapp.ops.localpg import OWNER
from tests.bench import server
from tests.bench.memory import memory_mb

EXAMPLES = 50_000
GIVE_UP_SECONDS = 3600.0
POLL_SECONDS = 0.5
# An example must not take longer, in milliseconds, without the time that a lost worker's job waits.
LIMITS_MS = {"submit": 2, "replace_text": 12, "label": 12, "approve": 2, "delete": 2}
# Restoring a text inspects it again.
UNDO_LIMITS_MS = LIMITS_MS
# Whoever inspects a text loads the tables of languages, about 100 MB.
WORKER_MB = {"replace_text": 300, "label": 300, "submit": 200, "approve": 200, "delete": 200}
# Many chunks take shorter.
SETTLE_SECONDS = 5.0


def main() -> int:
    """Measure; 0 if nothing was done twice or left out, within the limits of time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="how many examples")
    parser.add_argument("--kinds", nargs="+", default=[*LIMITS_MS], choices=[*LIMITS_MS])
    options = parser.parse_args()
    found: dict[str, Any] = {}
    with server.prepared(broker=None):
        server.inside("bulk_actions_inside", "prepare", options.examples)
        stopped = cancelled(options.kinds[0])
        sys.stderr.write(f"cancelled: {stopped}\n")
        _say(found, "undo of the cancelled one", undone(stopped["action"]))
        for kind in options.kinds:
            _say(found, kind, measured(kind))
            _say(found, f"undo of {kind}", undone(found[kind]["action"]))
    if options.json:
        sys.stdout.write(json.dumps({"bulk_actions": found | {"cancelled": stopped}}) + "\n")
    limits = LIMITS_MS | {f"undo of {kind}": limit for kind, limit in UNDO_LIMITS_MS.items()}
    limits["undo of the cancelled one"] = UNDO_LIMITS_MS[options.kinds[0]]
    memory = {
        name: WORKER_MB.get(name.removeprefix("undo of "), WORKER_MB[options.kinds[0]])
        for name in limits
    }
    is_stopped = stopped["changed"] == stopped["once"] == stopped["done_when_cancelled"]
    reached = [_is_reached(figures, limits[name], memory[name]) for name, figures in found.items()]
    return int(not (is_stopped and all(reached)))


def _say(found: dict[str, Any], name: str, figures: dict[str, Any]) -> None:
    found[name] = figures
    sys.stderr.write(f"{name}: {figures}\n")


def _is_reached(found: dict[str, Any], limit_ms: float, limit_mb: float) -> bool:
    is_once = found["changed"] == found["once"] == found["allowed"]
    is_small = found["worker_mb"] <= limit_mb
    return bool(is_once and is_small and found["ms_each"] <= limit_ms)


def cancelled(kind: str) -> dict[str, Any]:
    """Cancel a bulk action in the middle; return what was changed then, and a while later."""
    beat, worker = _beat(), _worker()
    try:
        action = server.inside("bulk_actions_inside", "start", kind)["action"]
        _wait(lambda: _state(action)["is_over"])
        server.inside("bulk_actions_inside", "confirm", action)
        _wait(lambda: _state(action)["done"] >= _state(action)["total"] // 4)
        server.inside("bulk_actions_inside", "cancel", action)
        stopped_at = _state(action)["done"]
        time.sleep(SETTLE_SECONDS)
    finally:
        _kill(worker)
        _kill(beat)
    return {
        "action": action,
        **server.inside("bulk_actions_inside", "counts", action),
        "done_when_cancelled": stopped_at,
    }


def undone(undoes: int) -> dict[str, Any]:
    """Undo what a bulk action changed."""
    beat, worker = _beat(), _worker()
    memory: list[float] = []
    try:
        began = time.monotonic()
        action = server.inside("bulk_actions_inside", "undo", undoes)["action"]
        _wait(lambda: _state(action)["is_over"])
        preview, used = time.monotonic() - began, _cpu_seconds(worker)
        began = time.monotonic()
        server.inside("bulk_actions_inside", "confirm", action)
        _wait(lambda: _is_over(action, worker, memory))
        changing, used = time.monotonic() - began, _cpu_seconds(worker) - used
    finally:
        _kill(worker)
        _kill(beat)
    return _figures(action, preview, changing, memory, cpu=used)


def measured(kind: str) -> dict[str, Any]:
    """Run a bulk action, kill its worker in the middle of the change, and let another go on."""
    beat, worker = _beat(), _worker()
    memory: list[float] = []
    try:
        began = time.monotonic()
        action = server.inside("bulk_actions_inside", "start", kind)["action"]
        _wait(lambda: _state(action)["is_over"])
        preview, used = time.monotonic() - began, -_cpu_seconds(worker)
        began = time.monotonic()
        server.inside("bulk_actions_inside", "confirm", action)
        _wait(lambda: _state(action)["done"] >= _state(action)["total"] // 3)
        used += _cpu_seconds(worker)
        _kill(worker)
        changing = time.monotonic() - began
        lost = time.monotonic()
        stopped_at = _state(action)["done"]
        worker = _worker()
        _wait(lambda: _state(action)["done"] > stopped_at)
        waited, began = time.monotonic() - lost, time.monotonic()
        used -= _cpu_seconds(worker)
        _wait(lambda: _is_over(action, worker, memory))
        changing += time.monotonic() - began
        used += _cpu_seconds(worker)
    finally:
        _kill(worker)
        _kill(beat)
    return {
        **_figures(action, preview, changing, memory, cpu=used),
        "killed_at": stopped_at,
        "waited_seconds": round(waited, 1),
    }


def _figures(
    action: int, preview: float, changing: float, memory: list[float], *, cpu: float
) -> dict[str, Any]:
    counts = server.inside("bulk_actions_inside", "counts", action)
    return {
        "action": action,
        **counts,
        "preview_seconds": round(preview, 1),
        "change_seconds": round(changing, 1),
        "ms_each": round(1000 * changing / counts["allowed"], 2),
        "cpu_ms_each": round(1000 * cpu / counts["allowed"], 2),
        "worker_mb": round(max(memory)),
    }


def _cpu_seconds(worker: subprocess.Popen[bytes]) -> float:
    """Return the processor time of a worker and the database since each began."""
    return server.cpu_seconds(worker.pid) + server.database_cpu_seconds()


def _state(action: int) -> dict[str, Any]:
    """Return how far a bulk action is, without starting Django each time."""
    address = database.embedded_server().address(OWNER)
    with psycopg.connect(address) as connection:
        columns = "state IN ('done', 'failed'), done, total"
        query = f"SELECT {columns} FROM datasets_bulkaction WHERE id = %s"  # noqa: S608
        row = connection.execute(query, [action]).fetchone()
    return dict(zip(("is_over", "done", "total"), row or (), strict=True))


def _is_over(action: int, worker: subprocess.Popen[bytes], memory: list[float]) -> bool:
    memory.append(memory_mb(worker.pid))
    return bool(_state(action)["is_over"])


def _data(name: str) -> str:
    return str(Path(os.environ["TOUCHSTONE_DATA"]) / name)


def _beat() -> subprocess.Popen[bytes]:
    return _celery("beat", f"--schedule={_data('beat')}", "--pidfile=")


def _worker() -> subprocess.Popen[bytes]:
    return _celery("worker", "--pool=threads", "--concurrency=2")


def _celery(*words: str) -> subprocess.Popen[bytes]:
    """Start a part of Celery in a process group of its own, as `make demo` does."""
    command = [sys.executable, "-m", "celery", "--app=reviewapp.celery", "--quiet", *words]
    return server.start(
        [*command, "--loglevel=error"], stderr=subprocess.DEVNULL, start_new_session=True
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {GIVE_UP_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
