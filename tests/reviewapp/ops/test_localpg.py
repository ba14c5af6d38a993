"""The embedded server: joined, started, held, and gone with its last user."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reviewapp import env
from reviewapp.ops.localpg import DATABASE, OWNER, RUNTIME, Server, paths
from reviewapp.ops.user_error import UserError
from tests.embedded import server_folder

SECONDS = 30.0
# Holds the server and says so, then waits until it is killed.
LOCKING_PROCESS = """
import sys, time
from pathlib import Path
from reviewapp.ops.localpg import Server
server = Server(Path(sys.argv[1]), throwaway=True)
server.acquire()
print(server.pid(), flush=True)
time.sleep(600)
"""


def _until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + SECONDS
    while not (reached := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return reached


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return subprocess.run(["/bin/kill", "-0", str(pid)], check=False).returncode != 0
    return state == "Z"


def _start_holder(home: Path) -> tuple[subprocess.Popen[str], int]:
    """A process that holds the server, and the server's process id."""
    locking_process = subprocess.Popen(
        [sys.executable, "-c", LOCKING_PROCESS, str(home)],
        cwd=env.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert locking_process.stdout is not None
    return locking_process, int(locking_process.stdout.readline())


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for servers."""
    with server_folder() as found:
        yield found


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    """The folder of a server, with a space in its path."""
    found = folder / "a folder" / "postgres"
    yield found
    shutil.rmtree(paths.locate(found).socket, ignore_errors=True)


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A running throwaway server, held by this process."""
    found = Server(home, throwaway=True)
    found.acquire()
    yield found
    assert found.release(SECONDS)


def test_a_new_server_has_two_roles_and_a_database(server: Server) -> None:
    with psycopg.connect(**server.connection(OWNER), autocommit=True) as owner:
        owner.execute("CREATE TABLE kept (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
    with psycopg.connect(**server.connection(RUNTIME), autocommit=True) as runtime:
        runtime.execute("INSERT INTO kept (word) VALUES ('a')")
        assert runtime.execute("SELECT count(*) FROM kept").fetchone() == (1,)
        for statement in ("TRUNCATE kept", "DROP TABLE kept", "CREATE TABLE own (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runtime.execute(statement)
        assert runtime.execute("SELECT current_database()").fetchone() == (DATABASE,)


def test_words_sort_alike_on_every_machine(server: Server) -> None:
    with psycopg.connect(**server.connection(RUNTIME)) as connection:
        found = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) "
            "FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert found == ("b", "C.UTF-8", "UTF8")


def test_only_with_the_password_and_only_through_the_socket(server: Server) -> None:
    wrong = server.connection(RUNTIME)
    wrong["password"] = "wrong"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**wrong)
    with psycopg.connect(**server.connection(RUNTIME)) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert stat.S_IMODE(server.paths.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE((server.paths.home / "passwords.json").stat().st_mode) == 0o600


def test_a_second_process_joins_and_the_last_one_out_stops_it(home: Path) -> None:
    first, pid = _start_holder(home)
    second, joined = _start_holder(home)
    assert joined == pid
    _kill(first)
    server = Server(home, throwaway=True)
    with psycopg.connect(**server.connection(RUNTIME)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    _kill(second)
    assert _until(lambda: _is_gone(pid))
    assert _until(lambda: not home.exists())


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux tells a child of its parent's end.")
def test_a_killed_keeper_takes_the_server_down_cleanly(home: Path) -> None:
    server = Server(home)
    server.acquire()
    pid = server.pid()
    assert pid is not None
    parent = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[1]
    os.kill(int(parent), signal.SIGKILL)
    assert _until(lambda: _is_gone(pid))
    assert "database system is shut down" in server.paths.log.read_text(encoding="utf-8")
    server.release()


def test_data_survives_a_stop_and_a_crash(home: Path) -> None:
    server = Server(home)
    server.acquire()
    with psycopg.connect(**server.connection(OWNER), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    assert server.release(SECONDS)
    server.acquire()
    with psycopg.connect(**server.connection(OWNER), autocommit=True) as connection:
        connection.execute("INSERT INTO kept VALUES (8)")
    pid = server.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert _until(lambda: server.pid() is None)
    server.release()
    server.acquire()
    with psycopg.connect(**server.connection(RUNTIME)) as connection:
        assert connection.execute("SELECT sum(number) FROM kept").fetchone() == (15,)
    assert server.release(SECONDS)


def _pretend_a_cluster(server: Server, version: str) -> None:
    server.paths.make()
    server.paths.data.mkdir()
    (server.paths.data / "PG_VERSION").write_text(f"{version}\n", encoding="ascii")


def test_data_of_another_version_is_rejected(home: Path) -> None:
    server = Server(home)
    server.make_passwords()
    _pretend_a_cluster(server, "17")
    with pytest.raises(UserError, match=r"is of PostgreSQL 17 .* brings PostgreSQL 18.*make reset"):
        server.acquire()


def test_lost_passwords_are_named(home: Path) -> None:
    server = Server(home)
    _pretend_a_cluster(server, "18")
    with pytest.raises(UserError, match=r"passwords\.json is missing"):
        server.acquire()


def test_nothing_is_made_by_asking(home: Path) -> None:
    server = Server(home)
    assert server.pid() is None
    assert server.connection(RUNTIME)["password"] == ""
    assert not home.exists()


@pytest.mark.parametrize("name", ["x" * 120, "with space", "comma,and'quote", "grün"])
def test_an_unfit_path_gets_a_short_plain_socket(folder: Path, name: str) -> None:
    found = paths.locate(folder / name)
    assert len(f"{found.socket}/.s.PGSQL.5432") < 104
    assert paths.PLAIN_PATH.fullmatch(str(found.socket))
    assert found.socket == paths.locate(folder / name).socket


def test_a_socket_folder_of_another_account_is_rejected(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "SOCKET_FOLDER", folder)
    found = paths.locate(folder / "with space")
    found.socket.symlink_to(folder)
    with pytest.raises(UserError, match="belongs to someone else"):
        found.make()


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root runs the server as someone else.")
def test_a_closed_checkout_of_root_is_served_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "FALLBACK_FOLDER", Path("/var/tmp") / f"far-{os.getpid()}")  # noqa: S108
    tmp_path.chmod(0o700)
    server = Server(tmp_path / "postgres", throwaway=True)
    assert tmp_path not in server.paths.data.parents
    server.acquire()
    with psycopg.connect(**server.connection(RUNTIME)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert server.release(SECONDS)
    assert _until(lambda: not server.paths.base.exists())
    paths.FALLBACK_FOLDER.rmdir()


def test_an_address_says_how_to_connect(server: Server) -> None:
    with psycopg.connect(server.address(OWNER)) as connection:
        assert connection.execute("SELECT current_user").fetchone() == (OWNER,)
