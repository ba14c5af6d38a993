"""`make dump FILE=...` and `make restore FILE=...`: all data of an installation in one file.

The file is a tar archive with a dump of the database, the uploaded and the frozen files in the data
folder and, if the app created it, the secret key. It also moves an installation from the embedded
server to another one, or to the next major version of PostgreSQL.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from reviewapp import env
from reviewapp.ops import database
from reviewapp.ops.archives import unpack
from reviewapp.ops.launcher.console import EXIT_FAILED, print_error, print_line
from reviewapp.ops.localpg import OWNER
from reviewapp.ops.localpg.binaries import client_program
from reviewapp.ops.user_error import UserError

DUMP, KEY = "database.dump", "secret_key"
FOLDERS = ("uploads", "datasets")
EXIT_USAGE = 2
# libpq reads these variables. Every user of the machine could read arguments.
VARIABLES = {"dbname": "PGDATABASE", "connect_timeout": "PGCONNECT_TIMEOUT"}
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


def main(arguments: list[str]) -> int:
    """Run `dump FILE` or `restore FILE`; return 0 (done), 1 (failed) or 2 (wrong usage)."""
    if len(arguments) != len(("what", "file")) or arguments[0] not in COMMANDS or not arguments[1]:
        print_error("usage: make dump FILE=backup.tar, or make restore FILE=backup.tar")
        return EXIT_USAGE
    what, file = arguments
    try:
        COMMANDS[what](Path(file).absolute())
    except OSError as error:
        print_error(f"{error.filename or file}: {error.strerror or error}.")
        return EXIT_FAILED
    except (UserError, psycopg.OperationalError, tarfile.TarError) as error:
        print_error(str(error).strip())
        return EXIT_FAILED
    return 0


def dump(file: Path) -> None:
    """Write a consistent state to `file`, which must not exist, also while the app is in use."""
    descriptor = _create(file)
    try:
        database.acquire()
        with (
            os.fdopen(descriptor, "wb") as stream,
            tarfile.open(fileobj=stream, mode="w") as archive,
            tempfile.TemporaryDirectory() as folder,
        ):
            rows = Path(folder) / DUMP
            # The queues are created again, and the roles are those of the new server. We store
            # nothing in large objects, and one of another role would stop the dump.
            settings = ["--format=custom", "--exclude-schema=pgmq", "--no-large-objects"]
            _run("pg_dump", *settings, f"--file={rows}")
            archive.add(rows, DUMP)
            for name in (*FOLDERS, *([KEY] if database.is_embedded() else [])):
                if (env.data_folder() / name).exists():
                    archive.add(env.data_folder() / name, name)
    except BaseException:
        file.unlink()
        raise
    print_line(f"Everything is in {file}. It contains all data of the database: keep it safe.")


def restore(file: Path) -> None:
    """Restore a file of `dump` into a database without tables."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(file) as archive:
        if DUMP not in archive.getnames():
            raise UserError(f"{file} was not made by `make dump`.")
        # A file that is refused makes no database.
        database.acquire()
        _check_database_empty()
        unpack(archive, Path(folder))
        unpacked = Path(folder)
        settings = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
        _run("pg_restore", *settings, f"--dbname={_parameters()['dbname']}", str(unpacked / DUMP))
        for name in FOLDERS:
            if (unpacked / name).exists():
                shutil.copytree(unpacked / name, env.data_folder() / name, dirs_exist_ok=True)
        if database.is_embedded() and (unpacked / KEY).exists():
            shutil.copy2(unpacked / KEY, env.data_folder() / KEY)
    # Applies later migrations, and installs the queues and the rights of the runtime role.
    migrate = [sys.executable, str(env.ROOT / "manage.py"), "migrate", "--verbosity=0"]
    if subprocess.run(migrate, cwd=env.ROOT, check=False).returncode:
        raise UserError(
            "The rows are restored, but `manage.py migrate` failed; see the reason above."
        )
    print_line(f"Restored {file}.")


def _create(file: Path) -> int:
    try:
        return os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise UserError(f"{file} exists already; choose another name.") from None


def _check_database_empty() -> None:
    with psycopg.connect(make_conninfo("", **_parameters())) as connection:
        row = connection.execute(TABLES).fetchone()
    if row is None or row[0]:
        raise UserError(
            "The database is in use already, and nothing is overwritten: "
            "`make reset` empties the embedded one; give a server a new database."
        )


def _parameters() -> dict[str, str]:
    return {name: str(value) for name, value in database.parameters(OWNER).items() if value}


def _run(program: str, *arguments: str) -> None:
    """Run a client program of PostgreSQL: the installed one, or that of the wheel."""
    own = None if database.is_embedded() else shutil.which(program)
    variables = {
        VARIABLES.get(name, f"PG{name.upper()}"): value for name, value in _parameters().items()
    }
    done = subprocess.run(
        [own or str(client_program(program)), *arguments],
        env=env.child(**variables),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise UserError(f"{program} failed: {done.stderr.strip()}")


COMMANDS = {"dump": dump, "restore": restore}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
