"""How often the interval of a criterion ever misses, with answers that are passed over.

`python -m tests.bench.criteria [--json] [--runs 400] [--seed 1]` feeds the shipped sums of a
criterion with simulated examples, without a database; figures go into docs/statistics.md. Exits 1
where the interval misses the true win rate at some look in more than 5 % of runs.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

import django

RATES = (0.4, 0.5, 0.6)
_ALPHA = 0.05


def main() -> int:
    """Simulate each true win rate; 0 if no interval misses too often."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--runs", type=int, default=400, help="runs for each true win rate")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewapp.settings")
    django.setup()
    from tests.bench.criteria_inside import simulated  # noqa: PLC0415 - its imports need Django set up.

    rows = [simulated(rate, options.runs, options.seed) for rate in RATES]
    for row in rows:
        sys.stderr.write(
            f"true {row['rate']:.2f}: missed at some look in {row['missed']:.1%} of runs, by its "
            f"lower end in {row['above']:.1%}; {row['missing']:.0%} of examples without an answer\n"
        )
    if options.json:
        sys.stdout.write(json.dumps({"criteria": rows}) + "\n")
    return int(any(row["missed"] > _ALPHA for row in rows))


if __name__ == "__main__":
    sys.exit(main())
