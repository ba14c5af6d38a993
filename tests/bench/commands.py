"""Commands as they are typed, and the memory of the whole stack while nobody uses it.

`python -m tests.bench.commands [--json] [--parts win_rates imports answers memory]`. Time and
memory of a command contain the start of its process. The model that `make setup-model` installs is
not part of the measured stack.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

from reviewapp.ops.localpg import Server
from tests.bench import server
from tests.bench.memory import memory_mb

VOTES = 10_000
REPEATS = 5
ANSWER_ROWS, RATERS_FIRST, RATERS_MORE = 6_000, 2, 10
# Of 100,000 answers, so that the start of the process matters little.
MANY_ANSWER_ROWS = 50_000
LOOK_SECONDS = 0.2
SETTLE_SECONDS = 15
WIN_RATES_SECONDS, ROWS_A_SECOND, GROWTH_MB, IDLE_MB = 0.8, 2_500, 20, 350


def main() -> int:
    """Measure; 0 if every part is within its limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--parts", nargs="*", default=tuple(PARTS), choices=tuple(PARTS))
    options = parser.parse_args()
    found: dict[str, Any] = {}
    with server.prepared():
        for part in options.parts:
            found |= PARTS[part]()
    sys.stderr.write("".join(f"{name}: {value}\n" for name, value in found.items()))
    if options.json:
        sys.stdout.write(json.dumps({"commands": found}) + "\n")
    return int(not all(_is_within(name, value) for name, value in found.items()))


def _is_within(name: str, found: dict[str, Any]) -> bool:
    limits: dict[str, Callable[[dict[str, Any]], bool]] = {
        "win_rates": lambda measured: measured["seconds"] <= WIN_RATES_SECONDS,
        "import_answers": lambda measured: measured["rows_a_second"] >= ROWS_A_SECOND,
        "import_many_answers": lambda measured: measured["rows_a_second"] >= ROWS_A_SECOND,
        "import_votes": lambda measured: measured["growth_mb"] <= GROWTH_MB,
        "idle": lambda measured: measured["memory_mb"] <= IDLE_MB,
    }
    return limits[name](found)


def _win_rates() -> dict[str, Any]:
    """Measure `win_rates --json` of a run whose figures are stored, as the beat leaves them."""
    run = server.inside("commands_inside", VOTES)["run"]
    taken = [_typed("win_rates", run, "--json") for _ in range(REPEATS)]
    return {"win_rates": {"votes": VOTES, **_medians(taken)}}


def _imports() -> dict[str, Any]:
    """Measure the import of answers, and of votes on them in two files, a small and a large one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers_in = _import_answers(folder, "imported", ANSWER_ROWS)
        first, more = (
            _typed("import_votes", str(_write(folder / file, rows)), "--run", "imported", "--json")
            for file, rows in (
                ("first.jsonl", _vote_rows(range(RATERS_FIRST))),
                ("more.jsonl", _vote_rows(range(RATERS_FIRST, RATERS_FIRST + RATERS_MORE))),
            )
        )
    votes = RATERS_MORE * ANSWER_ROWS
    growth = more["peak_mb"] - first["peak_mb"]
    return {
        "import_answers": answers_in,
        "import_votes": {
            "votes": votes,
            **more,
            "rows_a_second": round(votes / more["seconds"]),
            "growth_mb": round(growth, 1),
        },
    }


def _many_answers() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return {"import_many_answers": _import_answers(Path(folder), "large", MANY_ANSWER_ROWS)}


def _import_answers(folder: Path, run: str, rows: int) -> dict[str, Any]:
    """Import answers as a finished study; rows a second with and without the process's start."""
    answers = _write(folder / f"{run}.jsonl", map(_answer_row, range(rows)))
    names = ("--project", "imports", "--run", run, "--baseline", "house", "--candidate", "tuned")
    all_votes = ("--votes-per-example", "all", "--create-project", "--json")
    used = server.database_cpu_seconds()
    taken = _typed("import_answers", str(answers), *names, *all_votes)
    return {
        "rows": rows,
        **taken,
        "database_cpu_seconds": round(server.database_cpu_seconds() - used, 2),
        "rows_a_second": round(rows / taken["seconds"]),
        "rows_a_second_without_start": round(rows / taken["inside_seconds"]),
    }


def _idle() -> dict[str, Any]:
    """Start the demo on a data folder of its own and measure it while nobody uses it."""
    folder = Path(os.environ["TOUCHSTONE_DATA"]) / "demo"
    taken = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY", "DEBUG")
    environment = {name: value for name, value in os.environ.items() if name not in taken}
    environment |= {"TOUCHSTONE_DATA": str(folder), "PORT": str(server.free_port())}
    code = (
        "from reviewapp.ops import devstack, local_model; local_model.PACKAGES = ('no_such_model',)"
        "; devstack.main(['demo'])"
    )
    stack = server.start(
        [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        for line in stack.stdout or ():
            if "Ctrl-C stops everything" in str(line):
                break
        time.sleep(SETTLE_SECONDS)
        database = memory_mb(Server(folder / "postgres").pid() or 0)
        parts = memory_mb(stack.pid)
    finally:
        stack.terminate()
        stack.communicate()
    return {
        "idle": {
            "memory_mb": round(database + parts),
            "database_mb": round(database),
            "python_mb": round(parts),
        }
    }


PARTS = {
    "win_rates": _win_rates,
    "imports": _imports,
    "answers": _many_answers,
    "memory": _idle,
}


def _typed(*words: str) -> dict[str, float]:
    """Run a command; its seconds, processor time, peak memory, and the seconds that it reports."""
    used, began = _children_seconds(), time.perf_counter()
    with tempfile.TemporaryFile() as printed:
        running = subprocess.Popen([sys.executable, "manage.py", *words], stdout=printed)
        peak = 0.0
        while True:
            try:
                code = running.wait(LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                peak = max(peak, memory_mb(running.pid))
            else:
                break
        if code:
            sys.exit(f"{words[0]} exited with {code}.")
        taken = time.perf_counter() - began
        printed.seek(0)
        reported = json.load(printed).get("seconds", taken)
    return {
        "seconds": round(taken, 2),
        "inside_seconds": round(reported, 2),
        "cpu_seconds": round(_children_seconds() - used, 2),
        "peak_mb": round(peak, 1),
    }


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _medians(taken: list[dict[str, float]]) -> dict[str, float]:
    return {name: median(sample[name] for sample in taken) for name in taken[0]}


def _answer_row(number: int) -> dict[str, Any]:
    words = "The parcel is on its way and comes on Tuesday; the link in the mail shows where. "
    return {
        "id": f"x{number}",
        "intent": f"intent {number % 12:02}",
        "language": "en",
        "messages": [{"role": "user", "content": f"Where is parcel {number}?"}],
        "baseline": f"{words * 4}({number})",
        "candidate": f"{words * 6}({number})",
    }


def _vote_rows(raters: Iterable[int]) -> Iterable[dict[str, Any]]:
    verdicts = ("candidate", "baseline", "candidate", "tie_good", "tie_bad")
    for rater in raters:
        for number in range(ANSWER_ROWS):
            verdict = verdicts[(7 * number + 3 * rater) % len(verdicts)]
            yield {"id": f"x{number}", "rater": f"rater {rater:02}", "verdict": verdict}


def _write(file: Path, rows: Iterable[dict[str, Any]]) -> Path:
    with file.open("w", encoding="utf-8") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)
    return file


if __name__ == "__main__":
    sys.exit(main())
