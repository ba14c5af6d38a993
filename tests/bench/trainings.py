"""SIGKILL of the worker at random moments of trainings: at the scripted service, or `local`.

`python -m tests.bench.trainings [--json] [--kind azure] [--rounds 20] [--kills 5]`. To reach: one
job for each training, no file left over, no row that waits for ever. `--kind local` runs the real
trainer on a tiny model and needs PyTorch; there the weights must be those of an undisturbed one.
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
LOCAL = "local"
KINDS = (*SERVICES, LOCAL)
MISSES = (
    *("stuck", "double_jobs", "orphan_files"),
    *("double_models", "trainers_left", "other_weights"),
)


def main() -> int:
    """Kill and count; 0 if nothing was doubled, left or stuck."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--kind", choices=KINDS, default="openai", help="of the service")
    parser.add_argument("--rounds", type=int, default=20, help="trainings")
    parser.add_argument("--kills", type=int, default=5, help="of the worker of each training")
    options = parser.parse_args()
    found = _local(options) if options.kind == LOCAL else _service(options)
    sys.stderr.write(f"{found}\n")
    if options.json:
        sys.stdout.write(json.dumps({"trainings": found}) + "\n")
    return int(any(found.get(name) for name in MISSES))


def _local(options: argparse.Namespace) -> dict[str, Any]:
    with server.prepared():
        found = server.inside("trainings_local", options.rounds, options.kills)
    kills = options.rounds * options.kills
    return found | {"kind": LOCAL, "rounds": options.rounds, "kills": kills}


def _service(options: argparse.Namespace) -> dict[str, Any]:
    with server.prepared(), running(SERVICES[options.kind]) as service:
        words = (options.kind, service.url, options.rounds, options.kills, LONGEST_SECONDS)
        found: dict[str, Any] = server.inside("trainings_inside", *words)
        return found | {
            "kind": options.kind,
            "rounds": options.rounds,
            "kills": options.rounds * options.kills,
            "jobs": len(service.jobs),
            "double_jobs": len(service.jobs) - options.rounds,
            "orphan_files": len(service.files),
            "calls": sum(service.calls.values()),
        }


if __name__ == "__main__":
    sys.exit(main())
