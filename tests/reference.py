"""Files of the reference data beside the repository, which only tests read."""

import os
from pathlib import Path

import pytest

_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def reference_file(name: str) -> Path:
    """Return a file of the reference data.

    Without it the test is skipped, except on CI (the variable CI is set), where it fails.
    """
    path = _DATA / name
    if path.is_file():
        return path
    message = f"The reference data is missing: put {name} into ../shared/data of the repository."
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
