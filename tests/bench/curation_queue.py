"""How long the curation queue and its search take at 100,000 examples.

`python -m tests.bench.curation_queue [--json] [--examples 100000] [--repeats 20]` starts a database
of its own with durable settings in a temporary folder; `tests.bench.curation_queue_inside` measures
in it.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.bench import server

EXAMPLES, REPEATS = 100_000, 20
LIMIT_MS = 150
SEARCHES_WITHIN = 95


def main() -> int:
    """Measure; 0 if the p95 of every filter and 95 of 100 searches are within the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="how many examples")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="requests of each address")
    options = parser.parse_args()
    with server.prepared():
        found = server.inside("curation_queue_inside", options.examples, options.repeats, LIMIT_MS)
    lines = [f"{name}: {timed}\n" for name, timed in found["pages"].items()]
    sys.stderr.write("".join([*lines, f"searches: {found['searches']}\n"]))
    if options.json:
        sys.stdout.write(json.dumps({"curation_queue": found}) + "\n")
    slow = [name for name, timed in found["pages"].items() if timed["p95"] > LIMIT_MS]
    return int(bool(slow) or found["searches"]["within"] < SEARCHES_WITHIN)


if __name__ == "__main__":
    sys.exit(main())
