"""Worker and beat in one process, for one machine: `python -m reviewapp.ops.worker SCHEDULE`.

With `--queue training` it is a worker of that queue alone, without beat, one task at a time.

Servers have many workers and exactly one beat, each in a process of its own (docs/deploy.md). On a
laptop a second process would add a third to the memory of the app. This process lets the web server
of its machine go first: measuring a run would hold up votes otherwise.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from threading import Event

from celery.beat import EmbeddedService

from reviewapp.celery import app
from reviewapp.ops.process import lower_priority

THREADS = 4
ARGUMENTS = [
    "worker",
    "--pool=threads",
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    "--loglevel=warning",
]


def main(arguments: list[str]) -> None:
    """Run until SIGTERM; in the file SCHEDULE the beat stores when it sent each message."""
    parser = argparse.ArgumentParser(prog="python -m reviewapp.ops.worker", description=__doc__)
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("schedule", nargs="?", help="the file of the beat")
    chosen.add_argument("--queue", help="run only this queue, without beat")
    options = parser.parse_args(arguments)
    lower_priority()
    if options.queue:
        app.worker_main([*ARGUMENTS, "--concurrency=1", f"--queues={options.queue}"])
        return
    # At INFO it logs each message.
    logging.getLogger("celery.beat").setLevel(logging.WARNING)
    stopping = Event()
    beat = EmbeddedService(app, thread=True, schedule_filename=options.schedule)
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
    main(sys.argv[1:])
