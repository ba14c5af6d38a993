"""gunicorn's settings, for the demo and for servers alike."""

import gc
import socket
from pathlib import Path
from typing import Any

from django.urls import get_resolver

from reviewapp import env

wsgi_app = "reviewapp.wsgi:application"
bind = env.text("BIND", f"127.0.0.1:{env.number('PORT', 8000)}")
worker_class = "reviewapp.web_worker.Worker"
# The most that gunicorn takes; filters of the API in other scripts than Latin need it.
limit_request_line = 8190
# No proxy may place the app below a path by a header: it works at the root only.
forwarder_headers = ""
workers = env.number("WEB_PROCESSES", 2, minimum=1)
# Each thread keeps a database connection. More threads answer more people who are slow to send or
# wait for a model, and let those who only compute wait longer for each other.
threads = env.number("WEB_THREADS", 3, minimum=1)
# A process takes a request only when it has a thread for it, and lets the connection go after the
# answer. So all that wait stand in one line, and no process has a line of its own that is longer
# than the other's (docs/benchmarks.md).
worker_connections = threads
keepalive = 0
timeout = 60
graceful_timeout = 20
loglevel = "warning"
GARBAGE_AFTER = 20_000
SILENT_SECONDS = 30
# A worker shows that it lives by touching a file; on a disk that may wait for the disk.
worker_tmp_dir = next((folder for folder in ("/dev/shm",) if Path(folder).is_dir()), None)  # noqa: S108


def when_ready(server: Any) -> None:
    """Have the kernel hand a connection over when its request arrives, where it can (Linux).

    Browsers open connections ahead of need; each would hold a thread while nothing is asked.
    """
    option = getattr(socket, "TCP_DEFER_ACCEPT", None)
    for listener in server.LISTENERS:
        if option is not None and listener.sock.family in {socket.AF_INET, socket.AF_INET6}:
            listener.sock.setsockopt(socket.IPPROTO_TCP, option, SILENT_SECONDS)


def post_worker_init(_worker: object) -> None:
    """Load all pages before the first request, which would wait a second or two for them.

    Look for garbage less often, and never among what was loaded at the start: requests make little
    that refers to itself, and a search of everything is felt as a pause.
    """
    # Django loads a page's module when it looks through the addresses for the first time.
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 50)
