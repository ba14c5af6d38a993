"""The web server of `make demo`, on a database of its own with durable settings."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from reviewapp.ops import database
from reviewapp.ops.process import ends_with_parent

START_SECONDS = 60
_INSIDE = "import django; django.setup(); from tests.bench import {0}; {0}.main()"


@contextmanager
def prepared(broker: str | None = "memory://") -> Iterator[None]:
    """Start a database with the current schema, for this process and its children.

    Without a broker, messages are sent through the database.
    """
    folder = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
    folder.chmod(0o755)  # As root, the server runs as another user.
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY", "DEBUG"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    # An installation keeps the byte code of its first start; so does this one, in its folder.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ |= {
        "TOUCHSTONE_DATA": str(folder),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        **({"BROKER_URL": broker} if broker else {}),
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
    }
    try:
        database.acquire()
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], check=True)
        yield
    finally:
        database.embedded_server().release()
        shutil.rmtree(folder, ignore_errors=True)


def inside(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module of the benchmark with Django in a child; return the JSON that it printed."""
    child = [sys.executable, "-c", _INSIDE.format(module), *map(str, arguments)]
    printed = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(printed))


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program that ends with this process, also when this process is killed (Linux)."""
    return subprocess.Popen(
        command,
        preexec_fn=ends_with_parent(signal.SIGTERM),  # noqa: PLW1509 - it makes one system call.
        **options,
    )


def start_worker() -> subprocess.Popen[bytes]:
    """Start worker and beat in one process, as `make demo` does."""
    schedule = Path(os.environ["TOUCHSTONE_DATA"]) / "beat"
    worker = [sys.executable, "-m", "reviewapp.ops.worker", str(schedule)]
    return start(worker, start_new_session=True)


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(leader: int) -> float:
    """Return the processor time of a process and all its children; 0 where there is no /proc.

    Children that have ended are counted with the parent that waited for them.
    """
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # It has ended.
        pid = int(stat.parent.name)
        parents[pid] = int(fields[1])
        spent[pid] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    family = {leader}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return sum(spent.get(pid, 0) for pid in family)


def database_cpu_seconds() -> float:
    """Return the processor time of the database server."""
    return cpu_seconds(database.embedded_server().pid() or 0)


class WebServer:
    """The web server with the settings of the repository, in a process group of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        process = start(
            [sys.executable, "-m", "reviewapp.ops.webserver"],
            env=os.environ | {"PORT": str(self.port)},
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=START_SECONDS).close()
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return process

    def cpu_seconds(self) -> float:
        """Return the processor time of the server and its workers."""
        return cpu_seconds(self._process.pid)

    def kill(self) -> None:
        """Kill it and all its children."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Start it again after a kill."""
        self._process = self._start()

    def stop(self) -> None:
        """Stop it with a shutdown in order."""
        self._process.terminate()
        self._process.wait()
