"""What starting a process loads, which every command waits for and every process keeps."""

import subprocess
import sys

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from reviewapp import env
from reviewapp.ops import commandline

_LOADED = """
import django
from reviewapp.ops import commandline
django.setup()
from django.core.management import load_command_class
load_command_class("evaluation", "win_rates")
import sys
print(*sorted(name for name in sys.argv[1:] if name in sys.modules))
"""
_LARGE = (
    *("celery", "httpcore2", "kombu", "ninja", "numpy", "pgmq", "phonenumbers", "py3langid"),
    *("pydantic", "rapidfuzz", "requests", "tqdm"),
    "django.db.migrations.executor",
    *("datasets.erasure.actions", "datasets.ingest.actions", "reviewapp.urls"),
    *("evaluation.pipeline.texts", "evaluation.shadow.texts"),
)
_WORKER = """
import django
django.setup()
from reviewapp.celery import app
app.loader.import_default_modules()
import sys
print(*sorted(name for name in sys.argv[1:] if name in sys.modules))
"""
_OF_PAGES = ("cryptography", "jinja2", "ninja", "openai", "pydantic", "reviewapp.urls")


@pytest.mark.django_db
def test_a_short_command_loads_no_library_that_it_does_not_use() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _LOADED, "django", *_LARGE],
        cwd=env.ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.split() == ["django"]


def test_a_worker_loads_no_pages_and_no_library_of_a_service() -> None:
    found = subprocess.run(
        [sys.executable, "-c", _WORKER, "celery", *_OF_PAGES],
        cwd=env.ROOT,
        env=env.child(DJANGO_SETTINGS_MODULE="reviewapp.settings"),
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.split() == ["celery"]


@pytest.mark.django_db
def test_the_schema_is_checked_by_the_names_that_django_finds() -> None:
    loader = MigrationLoader(connection)
    assert commandline._migrations_here() == set(loader.disk_migrations)
    assert commandline._migrations_applied() == set(loader.applied_migrations)
    commandline.check_schema()


@pytest.mark.django_db
def test_a_migration_that_was_replaced_needs_no_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commandline, "_migrations_here", lambda: {("evaluation", "0001_squashed")})
    commandline.check_schema()


def test_garbage_is_collected_once_the_app_is_loaded() -> None:
    script = "import gc, manage; gc.isenabled() or manage.main(['manage.py', 'version']); "
    command = [sys.executable, "-c", f"{script}print(gc.isenabled(), gc.get_freeze_count() > 1000)"]
    done = subprocess.run(command, cwd=env.ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.split()[-2:] == ["True", "True"]
