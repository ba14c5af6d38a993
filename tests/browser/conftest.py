"""What holds for every test with a browser: nothing is cleared away under a request."""

from collections.abc import Iterator
from threading import Lock
from typing import Any

import pytest
from django.core.signals import request_finished, request_started

from tests.workers import eventually


class _UnderWay:
    """Counts the requests of this process that are not answered yet."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = Lock()
        request_started.connect(self._begin)
        request_finished.connect(self._end)

    def _begin(self, **_signal: Any) -> None:
        with self._lock:
            self.count += 1

    def _end(self, **_signal: Any) -> None:
        with self._lock:
            self.count -= 1


_UNDER_WAY = _UnderWay()


@pytest.fixture(autouse=True)
def _answered(transactional_db: None) -> Iterator[None]:
    """Empty the tables only when the server has answered whatever the closed pages had sent."""
    before = _UNDER_WAY.count
    yield
    eventually(lambda: _UNDER_WAY.count <= before, "every request is answered")
