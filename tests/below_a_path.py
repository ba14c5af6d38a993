"""Settings and addresses of an installation below a path, for tests."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from django.test.utils import override_script_prefix, override_settings

from reviewapp.env import ROOT

BASE_PATH = "/tools/touchstone"


def settings_with(**variables: str) -> dict[str, Any]:
    """Return what the settings module sets with these variables of the environment."""
    with mock.patch.dict(os.environ, variables):
        return runpy.run_path(str(ROOT / "reviewapp" / "settings.py"))


@contextmanager
def below_a_path(**variables: str) -> Iterator[dict[str, Any]]:
    """Apply and yield the settings that BASE_PATH changes, as the server has them."""
    without, below = settings_with(), settings_with(BASE_PATH=BASE_PATH, **variables)
    changed = {
        name: value
        for name, value in below.items()
        if name.isupper() and not name.startswith("_") and value != without[name]
    }
    with override_settings(**changed), override_script_prefix(f"{BASE_PATH}/"):
        yield changed
