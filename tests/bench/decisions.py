"""What the statistics promise, measured on the shipped actions with simulated reviewers.

`python -m tests.bench.decisions [--json] [--runs 2] [--seed 1] [--cells 0.60:5:1 0.50:3:4]`; a cell
is true win rate:reviewers:intents. Each run has 240 examples and is voted on to its end through
leases, votes and measured gates, as the pages do it; figures go into docs/statistics.md. Votes can
be undone for `--undo-seconds`, and `--joining` reviewers join after a third of the examples. With
`--criteria 2` each vote also answers two criteria, one with a gate and one that some pass over.
With `--biased left` one reviewer always chooses the left answer, with `--biased candidate` always
the candidate's, as if they recognised it.

Exits 1 where a run is stuck (nothing is served, examples are left, a gate is open), or where
"promote" was taken back without an alarm.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from tests.bench import server

RATES = ("0.50", "0.55", "0.60", "0.70")
REVIEWERS = ("2", "3", "5", "10")
CELLS = tuple(
    f"{rate}:{people}:{intents}" for intents in (1, 4) for rate in RATES for people in REVIEWERS
)
RUNS = 1
_INSIDE = "import django; django.setup(); from tests.bench import decisions_inside as d; d.main()"
Cell = tuple[float, int, int]


def main() -> int:
    """Simulate every cell; 0 if no run was stuck and no decision was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs of each cell")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run of a cell")
    parser.add_argument("--jobs", type=int, default=2, help="simulations at the same time")
    parser.add_argument("--cells", nargs="*", default=CELLS, help="rate:reviewers:intents")
    parser.add_argument("--undo-seconds", type=int, default=60, help="time to undo a vote")
    parser.add_argument("--joining", type=int, default=0, help="reviewers who join later")
    parser.add_argument(
        "--criteria", type=int, default=0, choices=(0, 1, 2), help="criteria after each vote"
    )
    parser.add_argument(
        "--biased", default="", choices=("left", "candidate"), help="what one reviewer always takes"
    )
    options = parser.parse_args()
    os.environ["VOTE_UNDO_SECONDS"] = str(options.undo_seconds)
    cells = [_cell(text) for text in options.cells]
    todo = [(cell, options.seed + run) for run in range(options.runs) for cell in cells]
    with server.prepared(), ThreadPoolExecutor(options.jobs) as pool:
        shares = [todo[job :: options.jobs] for job in range(options.jobs)]
        more = [options.joining, options.criteria, options.biased]
        parts = pool.map(_simulated, shares, [more] * options.jobs)
        found = [run for part in parts for run in part]
    rows = [_summed([run for run in found if _cell_of(run) == cell]) for cell in cells]
    sys.stderr.write(_table(rows))
    if options.json:
        sys.stdout.write(json.dumps({"decisions": rows, "runs": found}) + "\n")
    return int(any(row["stuck"] or row["died"] for row in rows))


def _cell(text: str) -> Cell:
    rate, reviewers, intents = text.split(":")
    return float(rate), int(reviewers), int(intents)


def _cell_of(run: dict[str, Any]) -> Cell:
    return run["rate"], run["reviewers"], run["intents"]


def _simulated(todo: list[tuple[Cell, int]], more: list[int | str]) -> list[dict[str, Any]]:
    child = [sys.executable, "-c", _INSIDE, json.dumps(todo), *map(str, more)]
    return list(_lines(child)) if todo else []


def _lines(child: list[str]) -> Iterator[dict[str, Any]]:
    """Yield each run as it ends; people read along on standard error."""
    with subprocess.Popen(child, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            sys.stderr.write(line)
            yield json.loads(line)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, child[:1])


def _summed(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the runs of one cell."""
    promoted = [run["promoted_at"] for run in runs if run["promoted_at"] is not None]
    return {
        "rate": runs[0]["rate"],
        "reviewers": runs[0]["reviewers"],
        "intents": runs[0]["intents"],
        "runs": len(runs),
        "promoted": len(promoted),
        "examples_to_promote": median(promoted) if promoted else None,
        "lost": sum(run["lost"] > 0 for run in runs),
        "changes": sum(run["changes"] for run in runs),
        "times_lost": sum(run["lost"] for run in runs),
        "died": sum(run["died"] for run in runs),
        "stuck": sum(run["stuck"] for run in runs),
        "criteria_missed": sum(run["criteria_missed"] for run in runs),
        "criteria_passed": sum(run["criterion_passed"] for run in runs),
        "final": {word: sum(run["final"] == word for run in runs) for word in _words(runs)},
    }


def _words(runs: list[dict[str, Any]]) -> list[str]:
    return sorted({run["final"] for run in runs})


def _table(rows: list[dict[str, Any]]) -> str:
    head = "rate  people intents  runs promoted examples  lost times died stuck"
    head += " missed  final\n"
    lines = [
        f"{row['rate']:.2f} {row['reviewers']:7} {row['intents']:7} {row['runs']:5}"
        f" {row['promoted']:8} {row['examples_to_promote'] or '-':>8} {row['lost']:5}"
        f" {row['times_lost']:5} {row['died']:4} {row['stuck']:5}"
        f" {row['criteria_missed']:6}  {row['final']}\n"
        for row in rows
    ]
    return head + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
