"""The web server as a process: clients that are slow, silent or late do not delay others."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection

import pytest

from reviewapp import env

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Processes are found in /proc.")
SECONDS = 60.0
# Far above what an answer takes here, far below what one such client used to cost the next one.
SOON_SECONDS = 1.0
CLIENTS = 40
ASK = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


# As on macOS: each process of the server starts anew, and gets what it runs by pickle.
SPAWNING = """
from reviewapp.ops import webserver
webserver.START_METHOD = "spawn"
webserver.main([])
"""


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """One process with one thread, and the port it listens on."""
    with _serving("-m", "reviewapp.ops.webserver") as found:
        yield found


@contextmanager
def _serving(*words: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, *words],
        cwd=env.ROOT,
        env=env.child(PORT=str(port), WEB_PROCESSES="1", WEB_THREADS="1"),
    )
    try:
        deadline = time.monotonic() + SECONDS
        while not _answers(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
        yield process, port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _answers_soon(port: int) -> bool:
    begin = time.monotonic()
    return _answers(port) and time.monotonic() - begin < SOON_SECONDS


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="asks nothing"),
        pytest.param(b"GET /heal", id="half a request line"),
        pytest.param(ASK + b"X-Long: ", id="half a head"),
        pytest.param(ASK + b"Content-Length: 9\r\n\r\nhalf", id="half a body"),
        pytest.param(ASK + b"Connection: close\r\n\r\n", id="closes late"),
        pytest.param(ASK + b"\r\n", id="keeps the connection"),
    ],
)
def test_slow_clients_do_not_delay_others(
    server: tuple[subprocess.Popen[bytes], int], sent: bytes
) -> None:
    _process, port = server
    with ExitStack() as clients:
        for _ in range(CLIENTS):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", port)))
            client.sendall(sent)
        assert all(_answers_soon(port) for _ in range(3))


def test_a_connection_serves_many_requests(server: tuple[subprocess.Popen[bytes], int]) -> None:
    connection = HTTPConnection("127.0.0.1", server[1], timeout=SECONDS)
    for _ in range(3):
        connection.request("GET", "/healthz")
        assert connection.getresponse().read()
    assert connection.sock is not None
    connection.close()


def test_a_long_address_is_answered(server: tuple[subprocess.Popen[bytes], int]) -> None:
    connection = HTTPConnection("127.0.0.1", server[1], timeout=SECONDS)
    connection.request("GET", f"/healthz?q={'x' * 20_000}")
    assert connection.getresponse().status == 200
    connection.close()


def test_processes_that_start_anew_serve_too() -> None:
    with _serving("-c", SPAWNING) as (_process, port):
        assert _answers(port)


def test_a_server_that_is_killed_leaves_no_process_behind(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    """The last test of the module: it ends the server."""
    process, _port = server
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as file:
        children = [int(pid) for pid in file.read().split()]
    assert children
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + SECONDS
    while any(_runs(pid) for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
