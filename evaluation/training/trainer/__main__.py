"""`python -m evaluation.training.trainer FOLDER`: train, or go on after a kill or a pause."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import nullcontext, suppress
from pathlib import Path

from evaluation.training.trainer.folder import FolderInUseError, JobFolder
from evaluation.training.trainer.job import JobError, read_job
from evaluation.training.trainer.ranks import ALONE, Ranks, join

EXIT_FAILED = 1
EXIT_IN_USE = 3
NICE = 10
"""Others on this machine go first."""


def main() -> int:
    """Return 0 (succeeded, paused or cancelled), 1 (failed) or 3 (another trainer is at work)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder with job.json and its data")
    parser.add_argument(
        "--several", action="store_true", help="one of the processes that torchrun started"
    )
    options = parser.parse_args()
    folder = JobFolder(options.folder.resolve())
    ranks = join() if options.several else ALONE
    try:
        # The lock of the first process is that of all.
        with folder.exclusive() if ranks.is_first else nullcontext():
            return _train(folder, ranks)
    except FolderInUseError:
        sys.stderr.write("Another trainer works in this folder.\n")
        return EXIT_IN_USE


def _train(folder: JobFolder, ranks: Ranks) -> int:
    with suppress(OSError):
        os.nice(max(0, NICE - os.nice(0)))
    try:
        # Loading PyTorch takes seconds; a wrong job is refused before it.
        job = read_job(folder.path)
        from evaluation.training.trainer.loop import Training  # noqa: PLC0415

        state = Training(job, folder, ranks).run()
    except JobError as error:
        if not ranks.is_first:
            return EXIT_FAILED
        folder.add_event("failed", code=error.code, text=str(error))
        return EXIT_FAILED
    except (MemoryError, RuntimeError) as error:
        # PyTorch reports a lack of memory as a RuntimeError, and its class depends on the device.
        code = "out_of_memory" if "memory" in str(error).lower() else "failed"
        folder.add_event("failed", code=code, text=str(error)[:2000])
        raise
    sys.stdout.write(f"{state}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
