"""Runs database, web server, and worker with beat in one foreground command.

`python -m reviewapp.ops.devstack demo` also loads the demo project, `serve` does not (`make demo`,
`make serve`). Ctrl-C stops worker, web server and database, in this order; a second Ctrl-C kills
those that still run.
"""

from __future__ import annotations

import argparse
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
from importlib.util import find_spec

from reviewapp import env
from reviewapp.ops import assets, database, local_model
from reviewapp.ops.child_processes import POLL_SECONDS, ChildProcess, print_line
from reviewapp.ops.launcher.console import EXIT_FAILED, EXIT_INTERRUPTED, print_error
from reviewapp.ops.localpg import cluster
from reviewapp.ops.localpg.paths import make_folder
from reviewapp.ops.user_error import UserError

HOST = "127.0.0.1"
DEFAULT_PORT, MAX_PORT = 8000, 65535
START_SECONDS = 60.0
WATCH_SECONDS = 0.3
DATABASE_STOP_SECONDS = 5.0
FIRST_USER_HINT = (
    "Add the first person: .venv/bin/python manage.py adduser EMAIL --project SLUG --role lead "
    "--create-project"
)
LOAD_DEMO = ("demo", "--json")
TRAINER_PACKAGES = ("torch", "transformers", "peft")
"""Those of `make setup-training`."""
NOT_AS_ROOT = "ignore:You're running the worker with superuser privileges"


@dataclass(frozen=True)
class DemoUser:
    """A user of the demo project."""

    email: str
    password: str
    role: str


def main(arguments: list[str]) -> int:
    """Run until stopped; return 0, or 1 if a program ended by itself."""
    with_demo = _parser().parse_args(arguments).what == "demo"
    # Until the children run, SIGTERM has the effect of Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        port = _free_port()
        with _lock_data_folder():
            database.acquire()
            _prepare()
            return _run(port, with_demo=with_demo)
    except UserError as error:
        print_error(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        print_error("Interrupted.")
        return EXIT_INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m reviewapp.ops.devstack",
        description=__doc__,
        epilog="PORT and the other variables of docs/deploy.md apply.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=("demo", "serve"), default="demo")
    return parser


def _free_port() -> int:
    """Return PORT, if no other program listens there."""
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
    """Lock the data folder, because a second beat would send every message twice."""
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
    """Apply migrations and collect static files."""
    print_line("stack", "preparing the database")
    with _collecting_static_files():
        command = _manage_command("migrate", "--verbosity=0", "--skip-checks")
        if subprocess.run(command, cwd=env.ROOT, check=False).returncode:
            raise UserError("`manage.py migrate` failed; its output above gives the reason.")


@contextmanager
def _collecting_static_files() -> Iterator[None]:
    """Collect and compress the static files in parallel, if they have changed."""
    folder, digest = env.data_folder() / "static", assets.fingerprint()
    if assets.are_current(folder):
        yield
        return
    command = _manage_command("collectstatic", "--no-input", "--verbosity=0")
    collector = subprocess.Popen(command, cwd=env.ROOT, stdin=subprocess.DEVNULL)
    try:
        yield
        if collector.wait():
            raise UserError("`manage.py collectstatic` failed; its output above gives the reason.")
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

    # SIGHUP: the terminal was closed.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    children = _start(port, with_demo=with_demo)
    try:
        people = _load_demo(children, stopping) if with_demo else []
        if _await_web(port, children, stopping):
            _welcome(port, people)
            if not with_demo:
                print_line("stack", FIRST_USER_HINT)
        went_well = _watch(children, stopping)
    finally:
        stopping.set()
        for child in reversed(children):
            child.stop(hurry)
            print_line("stack", f"{child.name} stopped")
        _release_database()
    return 0 if went_well else EXIT_FAILED


def _release_database() -> None:
    if database.is_embedded():
        stopped = database.embedded_server().release(DATABASE_STOP_SECONDS)
        print_line("stack", "database stopped" if stopped else "database left to another command")


def _load_demo(children: list[ChildProcess], stopping: threading.Event) -> list[DemoUser]:
    """Load the demo project and return its users, none if interrupted; the web server starts."""
    print_line("stack", "loading the demo project")
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        command = _manage_command(*LOAD_DEMO)
        loader = subprocess.Popen(command, cwd=env.ROOT, stdout=output, stderr=errors)
        # On a terminal, Ctrl-C reaches it too: it stops loading at once.
        while loader.poll() is None:
            if stopping.wait(POLL_SECONDS) or _ended(children):
                loader.terminate()
        if stopping.is_set() or _ended(children):
            return []
        if loader.returncode:
            errors.seek(0)
            raise UserError(f"`manage.py demo` failed:\n{errors.read()}")
        output.seek(0)
        users = json.load(output)["people"]
    return [DemoUser(user["email"], user["password"], user["role"]) for user in users]


def _start(port: int, *, with_demo: bool) -> list[ChildProcess]:
    """Start web server, worker with beat, and the trainer and the demo's models if installed.

    The first two keep the embedded database running, and the stack ends with them.
    """
    env.set_default("PORT", str(port))
    # Who starts this serves their own machine: no operator is asked for each project.
    env.set_default("LEADS_CREATE_PROJECTS", "true")
    if with_demo:
        env.set_default("TOUCHSTONE_DEMO", "true")
    locks = [database.embedded_server().lock_descriptor] if database.is_embedded() else []
    commands = {
        "web": [sys.executable, "-m", "reviewapp.ops.webserver"],
        "worker": [sys.executable, "-W", NOT_AS_ROOT, "-m", "reviewapp.ops.worker", _schedule()],
    }
    others = local_model.commands() if with_demo else {}
    if all(find_spec(name) for name in TRAINER_PACKAGES):
        worker = "reviewapp.ops.worker"
        others["train"] = [sys.executable, "-W", NOT_AS_ROOT, "-m", worker, "--queue", "training"]
    children = [ChildProcess(name, command, locks) for name, command in commands.items()]
    children += [ChildProcess(name, command, is_needed=False) for name, command in others.items()]
    for child in children:
        child.show()
    return children


def _schedule() -> str:
    """Return the file in which the beat stores when it sent each message."""
    folder = env.data_folder() / "celerybeat"
    folder.mkdir(exist_ok=True)
    return str(folder / "schedule")


def _await_web(port: int, children: list[ChildProcess], stopping: threading.Event) -> bool:
    """Wait until the web server answers; return False if it does not, or on a stop."""
    deadline = time.monotonic() + START_SECONDS
    address = f"http://{HOST}:{port}/healthz"
    while not stopping.wait(0.05) and not _ended(children):
        try:
            with urllib.request.urlopen(address, timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                print_line("stack", f"the web server does not answer at {address}")
                return False
    return False


def _welcome(port: int, people: list[DemoUser]) -> None:
    print_line("stack", f"Touchstone is ready: http://localhost:{port}{env.base_path()}/")
    width = max((len(person.email) for person in people), default=0)
    for person in people:
        print_line("stack", f"  {person.email:<{width}}  {person.password}  ({person.role})")
    print_line("stack", "Ctrl-C stops everything. The data stays; `make reset` starts over.")


def _watch(children: list[ChildProcess], stopping: threading.Event) -> bool:
    """Wait for a stop; return False if a child or the database ended by itself."""
    while not stopping.wait(WATCH_SECONDS):
        if ended := _ended(children):
            what = f"{ended.name} ended with exit code {ended.exit_code}; its last lines:"
            print_line("stack", what)
            for line in ended.last_lines:
                print_line("stack", f"  {line}")
            return False
        if database.is_embedded() and database.embedded_server().pid() is None:
            paths = database.embedded_server().paths
            print_line("stack", cluster.exit_reason(paths.log))
            return False
    return True


def _ended(children: list[ChildProcess]) -> ChildProcess | None:
    needed = (child for child in children if child.is_needed)
    return next((child for child in needed if child.exit_code is not None), None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
