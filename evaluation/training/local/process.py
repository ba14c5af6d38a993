"""The worker process of the queue `training`: its signs of life, and one trainer at a time.

A message only starts a thread, so that no broker waits for hours for its acknowledgement.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import connection

from evaluation.training.local import (
    cleaning,
    models,
    serving,
    supervisor,
    tokenizers,
    workers,
)

logger = logging.getLogger(__name__)

KIND, QUEUE = models.KIND, "training"
STOP_SECONDS = 20.0

stopping = threading.Event()
_busy = threading.Lock()
_threads: list[threading.Thread] = []


def supervise_soon(job_id: int) -> None:
    """Supervise a job in a thread; nothing if one is at work, whose end lets the beat send it."""
    if stopping.is_set() or not _busy.acquire(blocking=False):
        return
    _start(lambda: _supervise(job_id), "trainer")


def _supervise(job_id: int) -> None:
    try:
        supervisor.supervise(job_id, stopping)
    finally:
        _busy.release()


def _start(run: Callable[[], object], name: str) -> None:
    def guarded() -> None:
        try:
            run()
        except Exception:
            logger.exception("The thread %s ended", name)
        finally:
            connection.close()

    thread = threading.Thread(target=guarded, name=name, daemon=True)
    _threads.append(thread)
    thread.start()


def _sign() -> None:
    while not stopping.is_set():
        workers.sign_in()
        stopping.wait(workers.SIGN_SECONDS)
    workers.sign_out()


@worker_ready.connect  # type: ignore[untyped-decorator]
def start(sender: Any, **_: object) -> None:
    """Start the threads in a worker that serves the queue."""
    if QUEUE in sender.app.amqp.queues.consume_from:
        _start(_sign, "presence")
        _start(lambda: serving.serve_wanted(stopping), "serving")
        _start(tokenizers.save_tokenizers, "tokenizers")
        _start(lambda: cleaning.clean_hourly(stopping), "cleaning")


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def stop(**_: object) -> None:
    """Request a checkpoint of the trainer, and the end of the served models."""
    stopping.set()


@worker_shutdown.connect  # type: ignore[untyped-decorator]
def wait(**_: object) -> None:
    """Wait for the threads."""
    for thread in _threads:
        thread.join(STOP_SECONDS)
