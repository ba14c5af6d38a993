"""Browser tests end with their pages closed and their last requests answered."""

from collections.abc import Iterator
from threading import Lock
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser

from tests.workers import eventually


class _PendingRequests:
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


_ACTIVE_STATES = _PendingRequests()


@pytest.fixture(autouse=True)
def _close_pages(transactional_db: None, browser: Browser) -> Iterator[None]:
    """Emptying the tables would wait for a page that still polls, and the page for it.

    So pages that a failed test left are closed, and what any page had sent is answered first.
    """
    before = _ACTIVE_STATES.count
    yield
    for context in browser.contexts:
        context.close()
    eventually(lambda: _ACTIVE_STATES.count <= before, "every request is answered")
