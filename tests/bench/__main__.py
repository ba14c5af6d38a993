"""`make bench`: every measurement of this folder, one after the other; names choose some of them.

Each prints what it found and exits 1 where it missed what docs/benchmarks.md asks for.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from reviewapp.ops.process import ends_with_parent

MEASUREMENTS = (
    "import_examples",
    "curation_queue",
    "duplicates",
    "voting",
    "clients",
    "browsers",
    "page_bytes",
    "key_to_next",
    "reports",
    "commands",
    "kill",
    "bulk_actions",
    "decisions",
    "criteria",
    "trainings",
    "batches",
    "forecasts",
)
ROOT = Path(__file__).resolve().parent.parent.parent


def main(chosen: list[str]) -> int:
    """Run the measurements; 0 if all of them reached what they should."""
    unknown = sorted(set(chosen) - set(MEASUREMENTS))
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(unknown)}; there is: {', '.join(MEASUREMENTS)}\n")
        return 2
    missed = []
    for name in chosen or MEASUREMENTS:
        sys.stdout.write(f"== {name}\n")
        sys.stdout.flush()
        if subprocess.run(
            [sys.executable, "-m", f"tests.bench.{name}"],
            cwd=ROOT,
            check=False,
            # SIGINT lets the measurement remove its folder.
            preexec_fn=ends_with_parent(signal.SIGINT),
        ).returncode:
            missed.append(name)
    sys.stdout.write(f"missed: {', '.join(missed)}\n" if missed else "all reached\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
