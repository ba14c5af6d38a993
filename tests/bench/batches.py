"""SIGKILL of the worker at random moments of batches of answers, against the scripted service.

`python -m tests.bench.batches [--json] [--rounds 20] [--kills 5]`. To reach: no batch twice, no
file left at the service, no stuck row, no answer lost, stored wrongly or asked for twice.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from tests.bench import server


def main() -> int:
    """Kill and count; 0 if nothing was doubled, left, stuck or lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--rounds", type=int, default=20, help="runs")
    parser.add_argument("--kills", type=int, default=5, help="of the worker of each run")
    options = parser.parse_args()
    with server.prepared():
        found: dict[str, Any] = server.inside("batches_inside", options.rounds, options.kills)
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"batches": found}) + "\n")
    return int(any(found["wrong"].values()))


if __name__ == "__main__":
    sys.exit(main())
