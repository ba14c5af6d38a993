"""The web server as `make demo` runs it, on a database of its own with durable settings."""

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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from reviewapp import database

START_SECONDS = 60
_INSIDE = "import django; django.setup(); from tests.bench import {0}; {0}.main()"


@contextmanager
def prepared() -> Iterator[None]:
    """Bring up a database of the present schema, for this process and its children."""
    folder = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
    folder.chmod(0o755)  # As root, the server runs as another user.
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "DEBUG"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ |= {
        "TOUCHSTONE_DATA": str(folder),
        "BROKER_URL": "memory://",
        "ALLOWED_HOSTS": "127.0.0.1,testserver",
        "DJANGO_SETTINGS_MODULE": "reviewapp.settings",
    }
    try:
        database.hold()
        for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([sys.executable, "manage.py", *command], check=True)
        yield
    finally:
        database.embedded_server().release()
        shutil.rmtree(folder, ignore_errors=True)


def inside(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module of the bench with Django in a child; what it printed."""
    child = [sys.executable, "-c", _INSIDE.format(module), *map(str, arguments)]
    printed = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(json.loads(printed))


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class WebServer:
    """gunicorn with the settings of the repository, in a process group of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "-c", "reviewapp/gunicorn_conf.py"],
            env=os.environ | {"PORT": str(self.port)},
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return process

    def kill(self) -> None:
        """End it and all its children at once, without a word."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def restart(self) -> None:
        """Start it again after a kill."""
        self._process = self._start()

    def stop(self) -> None:
        """End it in order."""
        self._process.terminate()
        self._process.wait()
