"""The whole app in one foreground command: database, web server, and worker with beat.

`python -m reviewapp.ops.devstack demo` loads the demo project as well; `serve` starts without it
(`make demo`, `make serve`). Ctrl-C stops worker, web server and database, in that order; a second
one kills what is still stopping.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from reviewapp import env
from reviewapp.ops import assets, database
from reviewapp.ops.child_processes import POLL_SECONDS, ChildProcess, say
from reviewapp.ops.launcher.console import EXIT_FAILED, EXIT_INTERRUPTED, print_error
from reviewapp.ops.localpg import cluster
from reviewapp.ops.localpg.paths import make_folder
from reviewapp.ops.user_error import UserError

HOST = "127.0.0.1"
DEFAULT_PORT, MAX_PORT = 8000, 65535
START_SECONDS = 60.0
WATCH_SECONDS = 0.3
DATABASE_STOP_SECONDS = 5.0
# On one's own machine, and in a container, root is who one is.
FIRST_USER_HINT = (
    "Add the first person: .venv/bin/python manage.py adduser EMAIL --project SLUG --role lead "
    "--create-project"
)
LOAD_DEMO = ("demo", "--json")
NOT_AS_ROOT = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class DemoUser:
    """Someone of the demo project, who can sign in."""

    email: str
    password: str
    role: str


def main(arguments: list[str]) -> int:
    """Run the stack until it is stopped (0) or something ends by itself (1)."""
    with_demo = arguments != ["serve"]
    # The steps before the children are up are ended like by Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        port = _free_port()
        with _lock_data_folder():
            database.hold()
            _prepare()
            return _run(port, with_demo=with_demo)
    except UserError as problem:
        print_error(str(problem))
        return EXIT_FAILED
    except KeyboardInterrupt:
        print_error("Interrupted.")
        return EXIT_INTERRUPTED


def _free_port() -> int:
    """PORT, if nobody listens there."""
    port = env.number("PORT", DEFAULT_PORT, minimum=1)
    if port > MAX_PORT:
        raise UserError(f"PORT is {port}; the highest port is {MAX_PORT}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError as error:
            raise UserError(
                f"Port {port} is only for root; choose another: PORT=8000 make demo"
            ) from error
        except OSError as error:
            other = port + 1 if port < MAX_PORT else DEFAULT_PORT
            raise UserError(
                f"Port {port} is taken; choose another: PORT={other} make demo"
            ) from error
    return port


@contextmanager
def _lock_data_folder() -> Iterator[None]:
    """One stack for each data folder: two beats would send everything twice."""
    folder = env.data_folder()
    make_folder(folder, 0o755 if os.geteuid() == 0 else 0o700)
    with (folder / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Touchstone already runs on the data folder {folder}; stop that one first."
            ) from None
        yield


def _prepare() -> None:
    """Bring schema and static files up to date."""
    say("stack", "preparing the database")
    with _collecting_static_files():
        command = _manage_command("migrate", "--verbosity=0", "--skip-checks")
        if subprocess.run(command, cwd=env.ROOT, check=False).returncode:
            raise UserError("`manage.py migrate` failed; the reason stands above.")


@contextmanager
def _collecting_static_files() -> Iterator[None]:
    """Collect and compress the static files meanwhile, unless nothing changed."""
    folder, digest = env.data_folder() / "static", assets.fingerprint()
    if assets.are_current(folder):
        yield
        return
    command = _manage_command("collectstatic", "--no-input", "--verbosity=0")
    collector = subprocess.Popen(command, cwd=env.ROOT, stdin=subprocess.DEVNULL)
    try:
        yield
        if collector.wait():
            raise UserError("`manage.py collectstatic` failed; the reason stands above.")
    finally:
        collector.kill()
        collector.wait()
    assets.mark_current(folder, digest)


def _manage_command(*words: str) -> list[str]:
    return [sys.executable, str(env.ROOT / "manage.py"), *words]


def _run(port: int, *, with_demo: bool) -> int:
    stopping, hurry = threading.Event(), threading.Event()

    def on_signal(*_: object) -> None:
        (hurry if stopping.is_set() else stopping).set()

    # A closed terminal is a wish to stop as well.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    children = _start(port, with_demo=with_demo)
    try:
        people = _load_demo(children, stopping) if with_demo else []
        if _await_web(port, children, stopping):
            _welcome(port, people)
            if not with_demo:
                say("stack", FIRST_USER_HINT)
        went_well = _watch(children, stopping)
    finally:
        stopping.set()
        for child in reversed(children):
            child.stop(hurry)
            say("stack", f"{child.name} stopped")
        _release_database()
    return 0 if went_well else EXIT_FAILED


def _release_database() -> None:
    if database.is_embedded():
        stopped = database.embedded_server().release(DATABASE_STOP_SECONDS)
        say("stack", "database stopped" if stopped else "database left to another command")


def _load_demo(children: list[ChildProcess], stopping: threading.Event) -> list[DemoUser]:
    """Load the demo project while the web server starts; its people, or none if interrupted."""
    say("stack", "loading the demo project")
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as complaints:
        command = _manage_command(*LOAD_DEMO)
        loader = subprocess.Popen(command, cwd=env.ROOT, stdout=output, stderr=complaints)
        # On a terminal, Ctrl-C reaches it too: it stops loading at once.
        while loader.poll() is None:
            if stopping.wait(POLL_SECONDS) or _ended(children):
                loader.terminate()
        if stopping.is_set() or _ended(children):
            return []
        if loader.returncode:
            complaints.seek(0)
            raise UserError(f"`manage.py demo` failed:\n{complaints.read()}")
        output.seek(0)
        found = json.load(output)["people"]
    return [DemoUser(one["email"], one["password"], one["role"]) for one in found]


def _start(port: int, *, with_demo: bool) -> list[ChildProcess]:
    """Web server, and worker with beat; each holds the embedded database while it runs."""
    env.set_default("PORT", str(port))
    if with_demo:
        env.set_default("TOUCHSTONE_DEMO", "true")
    hold = [database.embedded_server().held_descriptor] if database.is_embedded() else []
    commands = {
        "web": [sys.executable, "-m", "reviewapp.ops.webserver"],
        "worker": [sys.executable, "-W", NOT_AS_ROOT, "-m", "reviewapp.ops.worker", _schedule()],
    }
    children = [ChildProcess(name, command, hold) for name, command in commands.items()]
    for child in children:
        child.show()
    return children


def _schedule() -> str:
    """Return the file in which the beat notes what it sent when."""
    folder = env.data_folder() / "celerybeat"
    folder.mkdir(exist_ok=True)
    return str(folder / "schedule")


def _await_web(port: int, children: list[ChildProcess], stopping: threading.Event) -> bool:
    """Wait until the web server answers; False if something else happens first."""
    deadline = time.monotonic() + START_SECONDS
    address = f"http://{HOST}:{port}/healthz"
    while not stopping.wait(0.05) and not _ended(children):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                say("stack", f"the web server does not answer at {address}")
                return False
    return False


def _welcome(port: int, people: list[DemoUser]) -> None:
    say("stack", f"Touchstone is ready: http://localhost:{port}/")
    width = max((len(person.email) for person in people), default=0)
    for person in people:
        say("stack", f"  {person.email:<{width}}  {person.password}  ({person.role})")
    say("stack", "Ctrl-C stops everything. The data stays; `make reset` starts over.")


def _watch(children: list[ChildProcess], stopping: threading.Event) -> bool:
    """Wait for the wish to stop; False if a child or the database ended by itself."""
    while not stopping.wait(WATCH_SECONDS):
        if ended := _ended(children):
            say("stack", f"{ended.name} ended with exit code {ended.exit_code}; its last lines:")
            for line in ended.last_lines:
                say("stack", f"  {line}")
            return False
        if database.is_embedded() and database.embedded_server().pid() is None:
            paths = database.embedded_server().paths
            say("stack", cluster.exit_reason(paths.log))
            return False
    return True


def _ended(children: list[ChildProcess]) -> ChildProcess | None:
    return next((child for child in children if child.exit_code is not None), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
