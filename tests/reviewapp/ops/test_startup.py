"""What starting a process loads, which every command waits for and every process keeps."""

import subprocess
import sys

import pytest

from reviewapp import env

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
    *("pydantic", "rapidfuzz", "tqdm"),
    *("datasets.erasure.actions", "datasets.ingest.actions", "reviewapp.urls"),
)


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
