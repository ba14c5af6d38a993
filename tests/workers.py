"""Celery workers inside the test process: real messages, real threads, one database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

from celery.contrib.testing.worker import start_worker
from celery.worker import state

from reviewapp.celery import app

POLL_SECONDS = 0.02
GIVE_UP_SECONDS = 60.0


@contextmanager
def worker(*, threads: int = 4) -> Iterator[None]:
    """Run a worker with this many threads for the time of a with block."""
    # Messages stay in this process, where looking for them costs nothing.
    app.conf.broker_transport_options = {"polling_interval": POLL_SECONDS}
    with start_worker(app, pool="threads", concurrency=threads, perform_ping_check=False):
        try:
            yield
        finally:
            # A task at work while the tables are emptied would replace the way of it.
            app.control.purge()
            eventually(lambda: not state.reserved_requests, "the worker has nothing left to do")


def eventually(
    is_so: Callable[[], bool],
    what: str,
    *,
    seconds: float = GIVE_UP_SECONDS,
    every: float = POLL_SECONDS,
) -> None:
    """Wait until something is so; fail with what was waited for when it does not come."""
    deadline = monotonic() + seconds
    while not is_so():
        if monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        sleep(every)
