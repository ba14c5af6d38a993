"""The inner part of `tests.bench.reports`: fills a run of one size and asks for its figures."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from io import StringIO

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.results.actions import gates
from evaluation.runs.models import EvaluationRun
from reviewapp.ops import webserver
from tests.bench.filled_run import add_votes, filled_run

REPEATS = 40
NEW_EXAMPLES = 5
"""Examples that close between two looks."""


def main() -> None:
    """Print one JSON object with milliseconds for a run of as many votes as the argument says."""
    votes = int(sys.argv[1])
    run, lead = filled_run(votes)
    # As in a process of the web server, which is there for long.
    webserver.load_pages()
    client = Client()
    client.force_login(lead)
    address = f"/p/{run.project.slug}/runs/{run.pk}/"

    def page() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            sys.exit(f"The page answered {answer.status_code}.")

    def command() -> None:
        call_command("win_rates", run.name, "--json", stdout=StringIO())

    first = _milliseconds(lambda: gates.measure_gates(run_id=run.pk))
    figures = {"page": _timed(page, run), "command": _timed(command, run)}
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page()
    sizes = {"votes": votes, "examples": run.comparisons.count(), "queries": len(queries)}
    print(json.dumps({**sizes, "first_look": first, **figures}))  # noqa: T201 - its output.


def _timed(ask: Callable[[], None], run: EvaluationRun) -> dict[str, float]:
    """Ask again and again, half of the times after new votes; milliseconds.

    `_cpu` is this process's own time, which others on the machine do not lengthen.
    """
    ask()
    quiet, busy, cpu_quiet, cpu_busy = [], [], [], []
    for _ in range(REPEATS):
        began = time.process_time()
        quiet.append(_milliseconds(ask))
        cpu_quiet.append(1000 * (time.process_time() - began))
        add_votes(run, NEW_EXAMPLES)
        began = time.process_time()
        busy.append(_milliseconds(ask))
        cpu_busy.append(1000 * (time.process_time() - began))
    return {
        **_middle_and_end("", [*quiet, *busy]),
        **_middle_and_end("_after_votes", busy),
        **_middle_and_end("_cpu", [*cpu_quiet, *cpu_busy]),
        **_middle_and_end("_cpu_after_votes", cpu_busy),
    }


def _middle_and_end(name: str, times: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile of times, with the name at their ends."""
    end = sorted(times)[int(0.95 * len(times))]
    return {f"p50{name}": round(statistics.median(times), 1), f"p95{name}": round(end, 1)}


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return round(1000 * (time.perf_counter() - began), 1)
