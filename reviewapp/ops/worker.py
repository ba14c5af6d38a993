"""Worker and beat in one process, for one machine: `python -m reviewapp.ops.worker SCHEDULE`.

With `--queue training` it is a worker of that queue alone, without beat, one task at a time.

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
OPTION = "--queue"
ARGUMENTS = [
    "worker",
    "--pool=threads",
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    "--loglevel=warning",
]


def main() -> None:
    """Run until SIGTERM; in the file SCHEDULE the beat stores when it sent each message."""
    arguments = sys.argv[1:]
    if arguments[:1] == [OPTION]:
        app.worker_main([*ARGUMENTS, "--concurrency=1", f"--queues={arguments[1]}"])
        return
    (schedule,) = arguments
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
        app.worker_main([*ARGUMENTS, f"--concurrency={THREADS}"])
    finally:
        stopping.set()
        beat.stop()


if __name__ == "__main__":
    main()
