"""SIGKILL of the worker at random moments of trainings, against the scripted service.

`python -m tests.bench.trainings [--json] [--kind azure] [--rounds 20] [--kills 5]`. To reach: one
job for each training, no file left at the service, no row that waits for ever.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from tests.bench import server
from tests.fake_azure import FakeAzure
from tests.fake_fireworks import FakeFireworks
from tests.fake_together import FakeTogether
from tests.fake_trainings import FakeTrainings, running

LONGEST_SECONDS = 1.0
SERVICES: dict[str, type[FakeTrainings]] = {
    "openai": FakeTrainings,
    "azure": FakeAzure,
    "together": FakeTogether,
    "fireworks": FakeFireworks,
}


def main() -> int:
    """Kill and count; 0 if nothing was doubled, left or stuck."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--kind", choices=SERVICES, default="openai", help="of the service")
    parser.add_argument("--rounds", type=int, default=20, help="trainings")
    parser.add_argument("--kills", type=int, default=5, help="of the worker of each training")
    options = parser.parse_args()
    with server.prepared(), running(SERVICES[options.kind]) as service:
        words = (options.kind, service.url, options.rounds, options.kills, LONGEST_SECONDS)
        found: dict[str, Any] = server.inside("trainings_inside", *words)
        found |= {
            "kind": options.kind,
            "rounds": options.rounds,
            "kills": options.rounds * options.kills,
            "jobs": len(service.jobs),
            "double_jobs": len(service.jobs) - options.rounds,
            "orphan_files": len(service.files),
            "calls": sum(service.calls.values()),
        }
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"trainings": found}) + "\n")
    return int(bool(found["double_jobs"] or found["orphan_files"] or found["stuck"]))


if __name__ == "__main__":
    sys.exit(main())
