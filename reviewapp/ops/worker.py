"""Worker and beat in one process, for one machine: `python -m reviewapp.ops.worker SCHEDULE`.

Servers have many workers and exactly one beat, each in a process of its own (docs/deploy.md). On a
laptop a second process would add a third to the memory of the app.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from threading import Event

from celery.beat import EmbeddedService

from reviewapp.celery import app

THREADS = 4
ARGUMENTS = [
    "worker",
    "--pool=threads",
    f"--concurrency={THREADS}",
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    "--loglevel=warning",
]


def main() -> None:
    """Run until SIGTERM; in the file SCHEDULE the beat stores when it sent each message."""
    (schedule,) = sys.argv[1:]
    # At INFO it logs each message.
    logging.getLogger("celery.beat").setLevel(logging.WARNING)
    stopping = Event()
    beat = EmbeddedService(app, thread=True, schedule_filename=schedule)
    run = beat.run

    def run_to_the_end() -> None:
        # Without the beat nothing is retried, so the process must not continue without it.
        try:
            run()
        finally:
            if not stopping.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    beat.run = run_to_the_end
    beat.start()
    try:
        app.worker_main(ARGUMENTS)
    finally:
        stopping.set()
        beat.stop()


if __name__ == "__main__":
    main()
