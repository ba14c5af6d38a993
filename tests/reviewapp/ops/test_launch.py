"""The launcher before there is a virtual environment, and the stack that it starts."""

from __future__ import annotations

import ast
import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from reviewapp import env
from reviewapp.ops import assets, devstack, webserver, worker
from reviewapp.ops.launcher import locks, venv
from reviewapp.ops.launcher.main import COMMANDS
from reviewapp.ops.localpg import Server
from reviewapp.ops.process import AUTOGROUP, NICE
from reviewapp.ops.user_error import UserError
from tests import chromium
from tests.embedded import server_folder

SECONDS = 120.0
LAUNCH = env.ROOT / "reviewapp" / "launch.py"


def _be_a_laptop(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Set the environment of a laptop: nothing but the data folder."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TOUCHSTONE_DATA", str(folder))


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder that does not exist yet, with a space in its path."""
    with server_folder() as found:
        folder = found / "my data"
        _be_a_laptop(monkeypatch, folder)
        yield folder


@pytest.fixture(scope="module")
def used() -> Iterator[Path]:
    """A data folder that the stacks of these tests use one after the other."""
    with server_folder() as found:
        folder = found / "my data"
        # Static files are not what these tests are about.
        (folder / "static").mkdir(parents=True)
        assets.mark_current(folder / "static", assets.fingerprint())
        yield folder


def _launch(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(LAUNCH), *words],
        env=env.child(**variables),
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def _stack(port: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "reviewapp.ops.devstack"],
        cwd=env.ROOT,
        env=env.child(PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _read_until(stack: subprocess.Popen[str], words: str) -> str:
    assert stack.stdout is not None
    seen = ""
    for line in stack.stdout:
        seen += line
        if words in line:
            return seen
    return seen


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not (reached := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return reached


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("program", [devstack, worker, webserver])
def test_a_program_that_is_asked_for_help_does_not_start(
    program: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        program.main(["--help"])
    assert ended.value.code == 0
    assert f"usage: python -m {program.__name__}" in capsys.readouterr().out
    with pytest.raises(SystemExit) as wrong:
        program.main(["--nonsense"])
    assert wrong.value.code == 2


def test_an_old_python_can_read_what_it_has_to_say() -> None:
    with pytest.raises(SyntaxError):
        ast.parse("print(newer := 1)", feature_version=(3, 7))
    assert ast.parse(LAUNCH.read_text(encoding="utf-8"), feature_version=(3, 7)).body


def test_every_target_of_the_makefile_is_a_command() -> None:
    lines = (env.ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    phony = next(line for line in lines if line.startswith(".PHONY:"))
    targets = set(phony.removeprefix(".PHONY:").split()) - {"help"}
    assert targets == set(COMMANDS)


def test_wrong_usage_exits_2_and_help_has_an_example() -> None:
    assert _launch("dmeo").returncode == 2
    done = _launch("help")
    assert done.returncode == 0
    assert "example: PORT=8080" in done.stdout


def test_a_python_without_venv_names_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(venv, "PYTHON", tmp_path / "python")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="apt-get install python3-venv"):
        venv.prepare(locks.APP)


def test_the_browser_is_the_one_that_was_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "my browser"
    program.touch(mode=0o755)
    monkeypatch.setenv("CHROMIUM", str(program))
    assert chromium.find() == str(program)
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "missing"))
    with pytest.raises(UserError, match="which is no program"):
        chromium.find()


def test_a_machine_without_a_browser_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CHROMIUM", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(chromium, "MACOS_BROWSERS", ())
    with pytest.raises(UserError, match="apt-get install chromium"):
        chromium.required()


def test_a_taken_port_is_one_sentence_with_another_one(embedded: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        stack = _stack(port)
        output, _ = stack.communicate(timeout=SECONDS)
    assert stack.returncode == 1
    assert output.startswith(f"Port {port} is taken; choose another: PORT=")
    assert output.count("\n") == 1
    assert not embedded.exists()


def test_reset_of_nothing_does_nothing(embedded: Path) -> None:
    done = _launch("reset")
    assert done.returncode == 0
    assert "There is nothing to reset" in done.stdout


def test_reset_removes_our_files_when_they_are_unused(embedded: Path) -> None:
    server = Server(embedded / "postgres")
    server.acquire()
    (embedded / "notes.txt").write_text("mine", encoding="utf-8")
    rejected = _launch("reset")
    assert rejected.returncode == 1
    assert "still uses the database: stop it (Ctrl-C), then reset" in rejected.stderr
    assert server.pid() is not None
    assert server.release(SECONDS)
    assert _until(lambda: _launch("reset").returncode == 0)
    assert [file.name for file in embedded.iterdir()] == ["notes.txt"]


@pytest.fixture
def running(
    used: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The whole stack, and its port."""
    _be_a_laptop(monkeypatch, used)
    port = _free_port()
    stack = _stack(port)
    try:
        seen = _read_until(stack, "Ctrl-C stops everything")
        assert f"Touchstone is ready: http://localhost:{port}/" in seen, seen
        yield stack, port
    finally:
        stack.kill()
        stack.communicate()
    assert _until(lambda: Server(used / "postgres").pid() is None)


def test_ctrl_c_stops_everything_in_order(
    running: tuple[subprocess.Popen[str], int], used: Path
) -> None:
    stack, port = running
    assert _status(port, "/readyz") == 200
    second = _stack(_free_port())
    output, _ = second.communicate(timeout=SECONDS)
    assert "Touchstone already runs on the data folder" in output
    assert second.returncode == 1
    manage = [sys.executable, "manage.py", "showmigrations", "--plan"]
    joined = subprocess.run(manage, cwd=env.ROOT, check=False, capture_output=True, text=True)
    assert "[ ]" not in joined.stdout
    assert joined.returncode == 0
    stack.send_signal(signal.SIGINT)
    rest = _read_until(stack, "database stopped")
    parts = ("worker", "web", "database")
    positions = [rest.index(f"{part} stopped") for part in parts]
    assert positions == sorted(positions)
    assert stack.wait(SECONDS) == 0
    assert Server(used / "postgres").pid() is None


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a child of its parent's end.")
def test_a_killed_stack_leaves_nothing_behind(
    running: tuple[subprocess.Popen[str], int], used: Path
) -> None:
    stack, port = running
    stack.kill()
    assert _until(lambda: Server(used / "postgres").pid() is None)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_part_that_ends_stops_the_rest_and_says_why(
    running: tuple[subprocess.Popen[str], int], used: Path
) -> None:
    stack, _port = running
    pid = Server(used / "postgres").pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    rest = _read_until(stack, "database stopped")
    assert " ended" in rest
    assert stack.wait(SECONDS) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no nice.")
def test_a_worker_lets_the_web_server_go_first() -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    command = [sys.executable, "-m", worker.__name__, "--queue", "training"]
    started = subprocess.Popen(command, cwd=env.ROOT, start_new_session=True)
    try:
        assert _until(lambda: os.getpriority(os.PRIO_PROCESS, started.pid) == max(NICE, own))
        session = Path(AUTOGROUP.replace("self", str(started.pid)))
        # Empty where the kernel does not share the processor among sessions.
        if session.exists() and session.read_text(encoding="ascii"):
            assert _until(lambda: session.read_text(encoding="ascii").endswith(f" nice {NICE}\n"))
    finally:
        started.kill()
        started.wait()
