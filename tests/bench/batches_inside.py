"""What the bench of killed batches does in Django: `ROUNDS KILLS`, JSON out."""

from __future__ import annotations

import json
import sys
from collections import Counter

from tests.fake_batches import fake_batches
from tests.killing import survive_batch_kills

LONGEST_SECONDS = 0.6


def main() -> None:
    """Run the rounds and print what was wrong after them."""
    rounds, kills = map(int, sys.argv[1:])
    wrong: Counter[str] = Counter()
    with fake_batches() as service:
        for seed in range(rounds):
            found = survive_batch_kills(service, kills=kills, longest=LONGEST_SECONDS, seed=seed)
            wrong.update(found)
        report = {
            "rounds": rounds,
            "kills": rounds * kills,
            "batches": len(service.batches),
            "calls": sum(service.calls.values()),
            "wrong": dict(wrong),
        }
    sys.stdout.write(json.dumps(report) + "\n")
