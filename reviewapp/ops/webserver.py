"""The web server, for the demo and for servers alike: `python -m reviewapp.ops.webserver`.

Granian reads and writes sockets outside Python, so a client that is slow to send, to read or to
close, or asks nothing, holds neither a thread nor the other clients. A thread takes a request when
all of it has come.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import signal
import sys
from functools import cache, partial

from django.core.handlers.wsgi import WSGIHandler
from django.urls import get_resolver
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from reviewapp import env, wsgi
from reviewapp.core.texts import import_texts
from reviewapp.ops.process import stop_with_parent

DEFAULT_PORT = 8000
# A connection is open for as long as a browser wants; only so many are open at a time.
CONNECTIONS = 2048
HEADER_MILLISECONDS = 15_000
STOP_SECONDS = 20
GARBAGE_AFTER = 20_000
# The longest that Granian allows: a thread that ends takes its database connection with it.
THREAD_IDLE_SECONDS = 600
# Forked processes share memory. System libraries of macOS do not work in them, so a process starts
# anew there. Python's own choice depends on its version.
START_METHOD = "fork" if sys.platform == "linux" else "spawn"


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished."""
    prog = "python -m reviewapp.ops.webserver"
    argparse.ArgumentParser(prog=prog, description=__doc__).parse_args(arguments)
    multiprocessing.set_start_method(START_METHOD)
    load_pages()
    host, port = _address()
    processes = env.number("WEB_PROCESSES", 2, minimum=1)
    Server(
        f"{wsgi.__name__}:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=processes,
        # Each thread answers one request at a time and keeps a database connection. More threads
        # answer more people who wait for a model, and let those who only compute wait longer.
        blocking_threads=env.number("WEB_THREADS", 2, minimum=1),
        blocking_threads_idle_timeout=THREAD_IDLE_SECONDS,
        backlog=CONNECTIONS,
        backpressure=max(1, CONNECTIONS // processes),
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve(target_loader=partial(_application, os.getpid()))


def _application(parent: int, _target: str) -> WSGIHandler:
    """Return the application to serve; called in each process."""
    # A web server that is killed leaves no processes behind, where the system can see to it.
    stop_with_parent(signal.SIGTERM, parent)
    load_pages()
    return wsgi.application


@cache
def load_pages() -> None:
    """Load all pages, before processes are forked, which then share the memory of them.

    Garbage is looked for less often, and never among what was loaded at the start: requests make
    little that refers to itself, and a search of everything is felt as a pause.
    """
    # Django loads a page's module when it looks through the addresses for the first time.
    _ = get_resolver().url_patterns
    import_texts()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 50)


def _address() -> tuple[str, int]:
    """Return host and port of BIND (`address:port`), or this machine's own and PORT."""
    host, colon, port = env.text("BIND", "").rpartition(":")
    if not colon:
        return "127.0.0.1", env.number("PORT", DEFAULT_PORT, minimum=1)
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    main(sys.argv[1:])
