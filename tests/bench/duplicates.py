"""How long the look-up of near-duplicates takes at 100,000 examples, and what it costs an import.

`python -m tests.bench.duplicates [--json] [--examples 100000]` starts a database of its own with
durable settings in a temporary folder; `tests.bench.duplicates_inside` measures in it. Signing the
texts that are looked up is not part of the time.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.bench import server

EXAMPLES = 100_000
LIMIT_MS = 1.0


def main() -> int:
    """Measure; 0 if the 95th percentile of a look-up's processor time is within the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="how many examples")
    options = parser.parse_args()
    with server.prepared():
        found = server.inside("duplicates_inside", options.examples)
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"duplicates": found}) + "\n")
    return int(found["look_up_ms"]["processor"]["p95"] > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
