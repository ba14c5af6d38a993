"""The world of the test session: a throwaway database server, plain settings, a real browser.

pytest-django reads the settings when pytest configures itself, so the environment is set when this
file is imported. The server starts with the first test that needs it, and disappears with the last
process that holds it. TEST_DATABASE_URL (a role that may create databases) names another server.
"""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import sys
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.db.models.signals import post_migrate
from playwright.sync_api import sync_playwright

from reviewapp.ops import broker, database
from reviewapp.ops.localpg import OWNER, RUNTIME, Server
from tests.chromium import launch_chromium
from tests.model_server import model_server  # noqa: F401 a fixture for all tests
from tests.reference import HOW_TO_GET

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Handed on to the processes of pytest-xdist, which share the server.
FOLDER_VARIABLE = "TOUCHSTONE_TEST_FOLDER"

# The same examples each time, however slow the machine: what was green stays green. To search for
# new ones: pytest --hypothesis-profile=default
hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("same")


# Files that take 30 s to minutes, the slowest first, and after them the other tests in a browser.
SLOWEST = (
    "tests/browser/test_every_page.py",
    "tests/reviewapp/ops/test_launch.py",
    "tests/browser/test_journey.py",
    "tests/evaluation/runs/test_generation.py",
    "tests/browser/test_curation.py",
    "tests/evaluation/providers/test_real_model.py",
    "tests/reviewapp/ops/test_backup.py",
    "tests/reviewapp/people/test_permissions.py",
    "tests/reviewapp/web/test_api_openapi.py",
    "tests/browser/",
)
TEMPLATE = "test_template"


def _test_folder() -> Path:
    if FOLDER_VARIABLE not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="touchstone-tests-"))
        if os.geteuid() == 0:
            folder.chmod(0o755)  # The server runs as another user.
        os.environ[FOLDER_VARIABLE] = str(folder)
    return Path(os.environ[FOLDER_VARIABLE])


FOLDER = _test_folder()
COLLECTED = FOLDER / "collected"
COLLECT_SECONDS = 120
SERVER = Server(FOLDER, throwaway=True)


def _set_environment() -> None:
    """Set the environment of the tests, independent of the developer's own."""
    for name in (
        "DATABASE_OWNER_URL",
        "BROKER_URL",
        "SECRET_KEY",
        "DEBUG",
        "TOUCHSTONE_DEMO",
        "BASE_PATH",
    ):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ.pop("DATABASE_URL_FILE", None)
    if "TEST_DATABASE_URL" in os.environ:
        os.environ["DATABASE_URL"] = os.environ["TEST_DATABASE_URL"]
    else:
        SERVER.make_passwords()
        os.environ["DATABASE_URL"] = SERVER.address(RUNTIME)
        os.environ["DATABASE_OWNER_URL"] = SERVER.address(OWNER)
    os.environ["BROKER_URL"] = "memory://"
    # A vote closes its example at once, except in the tests of undoing one.
    os.environ["VOTE_UNDO_SECONDS"] = "0"
    os.environ["SECRET_KEY"] = "only for tests"
    # One for each process: frozen files are named after their content, so a test that removes one
    # would take it from tests of other processes.
    process = os.environ.get("PYTEST_XDIST_WORKER", "only")
    os.environ["TOUCHSTONE_DATA"] = str(FOLDER / "files" / process)
    os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
    # Playwright's synchronous interface runs an event loop in the thread of the test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    database.use_owner_role()


_set_environment()


def pytest_configure() -> None:
    """Pass over what only costs time in tests: slow passwords, collected static files."""
    # Until the tests are collected nothing is garbage: modules and tests stay.
    gc.disable()
    settings.DATABASES["default"]["ENGINE"] = "tests.database"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES["staticfiles"] = {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
    }
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the first process compile the tests for the others, which wait and read the result.

    Four processes that collect at the same time compile all tests four times: 53 s of processor
    time instead of 37. mypy has the other processor meanwhile.
    """
    process = os.environ.get("PYTEST_XDIST_WORKER", "")
    is_compiled = "TOUCHSTONE_TESTS_COMPILED" in os.environ or sys.dont_write_bytecode
    if process not in ("", "gw0") and not is_compiled:
        _wait_for_collection()
    try:
        return (yield)
    finally:
        if process == "gw0":
            COLLECTED.touch()


def _wait_for_collection() -> None:
    """Return when the first process has collected the tests, or takes too long."""
    end = time.monotonic() + COLLECT_SECONDS
    while not COLLECTED.exists() and time.monotonic() < end:
        time.sleep(0.1)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each process begin with some of the slowest files, so that short tests fill the end.

    pytest-xdist gives each process an equal part of the list and lets idle ones take from the end
    of others' parts. A test of a minute that begins last keeps one process busy while others wait.
    pytest-django has sorted before (`trylast`).
    """
    slow: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.nodeid.startswith(SLOWEST):
            slow.setdefault(item.nodeid.partition("::")[0], []).append(item)
    files = sorted(slow, key=_slowness)
    rest = deque(item for item in items if not item.nodeid.startswith(SLOWEST))
    left = len(items)
    items.clear()
    for process in range(count := int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))):
        part = [item for file in files[process::count] for item in slow[file]]
        size = left // (count - process)
        part += [rest.popleft() for _ in range(min(size - len(part), len(rest)))]
        left -= len(part)
        items += part
    items += rest


def _slowness(file: str) -> int:
    return next(place for place, start in enumerate(SLOWEST) if file.startswith(start))


def pytest_collection_finish() -> None:
    """Leave what stays for the whole session out of garbage collection, and collect less often.

    Some 600 MB of modules and tests were looked through again and again, an eighth of the
    processor time of a test that uses the database.
    """
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Run this module in each process of pytest-xdist before pytest-django reads the settings."""
    del os.environ["DJANGO_SETTINGS_MODULE"]
    if any(Path(__file__).parent.glob("reviewapp/web/__pycache__/test_*-pytest-*.pyc")):
        os.environ["TOUCHSTONE_TESTS_COMPILED"] = "true"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line about the tests that were skipped because reference data is missing."""
    skipped = terminalreporter.stats.get("skipped", [])
    without = sum(HOW_TO_GET in str(report.longrepr) for report in skipped)
    if without:
        tests = "test was" if without == 1 else "tests were"
        terminalreporter.write_line(
            f"{without} {tests} skipped because reference data is missing; {HOW_TO_GET}."
        )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder if no server was started; otherwise its supervisor does."""
    if SERVER.pid() is None and not hasattr(config, "workerinput"):
        shutil.rmtree(FOLDER, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """Start the server before pytest-django makes the test database on it."""
    if "TEST_DATABASE_URL" in os.environ:
        return
    SERVER.acquire()
    if "PYTEST_XDIST_WORKER" in os.environ:
        with django_db_blocker.unblock():
            _use_template()


def _use_template() -> None:
    """Let the database of this process be a copy of one that only the first process migrates.

    Migrating takes 9 s of processor time, a copy less than 2.
    """
    test = connection.settings_dict["TEST"]
    with (FOLDER / "template.lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.seek(0)
        if not lock.read():
            _make_template(test)
            lock.write("made")
    test["TEMPLATE"] = TEMPLATE


def _make_template(test: dict[str, Any]) -> None:
    name, test_name = connection.settings_dict["NAME"], test["NAME"]
    test["NAME"] = TEMPLATE
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    connection.close()
    test["NAME"] = test_name
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Disconnect what Django would do again after each test that commits.

    Django sends `post_migrate` each time, though rights and queues stay when tables are emptied.
    """
    from reviewapp.core.audit.grants import protect_history  # noqa: PLC0415 apps

    last = apps.get_app_config("evaluation")
    for receiver in (protect_history, broker.install_schema):
        assert post_migrate.disconnect(receiver, sender=last)
    assert post_migrate.disconnect(
        dispatch_uid="django.contrib.auth.management.create_permissions"
    ), "nothing reads the permissions of django.contrib.auth"


@pytest.fixture(scope="session", autouse=True)
def _without_names() -> Iterator[None]:
    """Leave out the optional model for names: findings are the same where it is installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datasets.inspections.names.model.load_model", lambda: None)
        yield


@pytest.fixture
def runtime_role(db: None) -> Iterator[str]:
    """Run the test's statements as the role that the app runs as; its name.

    The session is otherwise the owner's, who makes the test database.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {RUNTIME}")
    yield RUNTIME
    # The end of a test's transaction takes the role back.
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; its sandbox is on wherever we are not root."""
    with sync_playwright() as playwright:
        program = launch_chromium(playwright)
        yield program
        # Those of tests without a browser that ran beside its event loop: when the loop has ended,
        # nobody finds them any more, and the test database cannot be dropped.
        connections.close_all()
        program.close()
