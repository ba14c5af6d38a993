"""Browser tests end with their pages closed and their last requests answered."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Browser

SECONDS = 10.0
BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


def _is_busy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(BUSY)
        return bool(cursor.fetchone()[0])


@pytest.fixture(autouse=True)
def _leave_nothing_running(transactional_db: None, browser: Browser) -> Iterator[None]:
    """Emptying the tables would wait for a page that still polls, and the page for it."""
    yield
    for context in browser.contexts:
        context.close()
    deadline = time.monotonic() + SECONDS
    while _is_busy() and time.monotonic() < deadline:
        time.sleep(0.02)
