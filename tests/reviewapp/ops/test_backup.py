"""A dump holds an installation, and a restore brings it back with the right owners and rights."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reviewapp import env
from reviewapp.ops.archives import unpack
from reviewapp.ops.localpg import RUNTIME, Server
from reviewapp.ops.localpg.paths import ADMIN
from reviewapp.ops.user_error import UserError
from tests.embedded import server_folder

MAKE_PERSON = (
    "from reviewapp.people.models import User; User.objects.create_user(email='ada@aurora.example')"
)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Two laptops' data folders have room here."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    with server_folder() as found:
        yield found


def _run(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=env.ROOT,
        env=env.child(TOUCHSTONE_DATA=str(data)),
        check=False,
        capture_output=True,
        text=True,
    )


def _add_large_object(server: Server) -> None:
    """Add one that the owner cannot read; the app's own role may not even do that."""
    with psycopg.connect(server.address(ADMIN)) as connection:
        connection.execute("SELECT lo_create(0)")
    with (
        psycopg.connect(server.address(RUNTIME)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT lo_create(0)")


def test_what_was_dumped_comes_back(folder: Path) -> None:
    old, new, file = folder / "old", folder / "new", folder / "a backup.tar"
    with_server = Server(old / "postgres")
    with_server.acquire()
    assert _run(old, "manage.py", "migrate").returncode == 0
    assert _run(old, "manage.py", "shell", "--command", MAKE_PERSON).returncode == 0
    _add_large_object(with_server)
    for name in ("uploads", "datasets"):
        (old / name).mkdir()
        (old / name / "rows.jsonl").write_text("{}\n", encoding="utf-8")
    done = _run(old, "-m", "reviewapp.ops.backup", "dump", str(file))
    assert done.returncode == 0, done.stderr
    assert file.stat().st_mode & 0o077 == 0
    again = _run(old, "-m", "reviewapp.ops.backup", "dump", str(file))
    assert again.returncode == 1
    assert "exists already" in again.stderr
    in_use = _run(old, "-m", "reviewapp.ops.backup", "restore", str(file))
    assert in_use.returncode == 1
    assert "nothing is overwritten" in in_use.stderr
    with_server.release()

    server = Server(new / "postgres")
    server.acquire()
    done = _run(new, "-m", "reviewapp.ops.backup", "restore", str(file))
    assert done.returncode == 0, done.stderr
    for name in ("uploads", "datasets"):
        assert (new / name / "rows.jsonl").read_text(encoding="utf-8") == "{}\n"
    assert (new / "secret_key").read_bytes() == (old / "secret_key").read_bytes()
    with psycopg.connect(**server.connection(RUNTIME)) as connection:
        people = connection.execute("SELECT email FROM people_user").fetchall()
        assert people == [("ada@aurora.example",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM people_projectevent")
    server.release()


def test_a_file_of_another_program_is_rejected(folder: Path) -> None:
    file = folder / "other.tar"
    with tarfile.open(file, "w") as archive:
        archive.add(__file__, "other")
    done = _run(folder / "new", "-m", "reviewapp.ops.backup", "restore", str(file))
    assert done.returncode == 1
    assert done.stderr == f"{file} was not made by `make dump`.\n"
    assert not (folder / "new").exists()


@pytest.mark.parametrize("name", ["../outside", "/outside", "inside/../../outside"])
def test_an_archive_unpacks_inside_its_folder_only(tmp_path: Path, name: str) -> None:
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo(name))
    with tarfile.open(tmp_path / "evil.tar") as archive, pytest.raises(UserError, match="belong"):
        unpack(archive, tmp_path / "folder")


def test_an_archive_with_a_link_is_rejected(tmp_path: Path) -> None:
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/"
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.addfile(link)
    with tarfile.open(tmp_path / "evil.tar") as archive, pytest.raises(UserError, match="belong"):
        unpack(archive, tmp_path / "folder")


def test_wrong_usage_exits_2() -> None:
    assert _run(Path("unused"), "-m", "reviewapp.ops.backup", "dump").returncode == 2
    assert _run(Path("unused"), "-m", "reviewapp.ops.backup", "restore", "").returncode == 2
