"""The inner part of `tests.bench.commands`: fills a run and measures its gates once."""

from __future__ import annotations

import json
import sys

from evaluation.results.actions import gates
from tests.bench.filled_run import filled_run


def main() -> None:
    """Print the name of a run with as many votes as the argument says."""
    run, _lead = filled_run(int(sys.argv[1]))
    gates.measure_gates(run_id=run.pk)
    print(json.dumps({"run": run.name}))  # noqa: T201 - its output.
