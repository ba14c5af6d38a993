"""How fast and in how much memory 100,000 conversations are imported, all inspections on.

`python -m tests.bench.import_examples [--json] [--rows 100000]` starts a database of its own with
durable settings in a temporary folder and runs the command as a person would. With `--names` the
model of `make setup-names` reads every text too, for which there is no limit of time or memory.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from datasets.inspections.names import model
from tests.bench.conversations import write_conversations
from tests.bench.memory import memory_mb

ROWS = 100_000
ROWS_A_SECOND = 1_500
MEMORY_MB = 400
# Looking at memory costs the kernel milliseconds, which would be counted against the import.
LOOK_SECONDS = 1.0


def main() -> int:
    """Measure; 0 if speed and memory are within their limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--rows", type=int, default=ROWS, help="how many conversations")
    parser.add_argument("--names", action="store_true", help="look for names and addresses too")
    options = parser.parse_args()
    if options.names and not model.is_installed():
        parser.error("the model that finds names is missing: run `make setup-names`")
    folder = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
    folder.chmod(0o755)  # As root, the server runs as another user.
    try:
        found = _measure(folder, options.rows, finds_names=options.names)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        sys.stdout.write(json.dumps({"import_examples": found}) + "\n")
    sys.stderr.write(f"{found}\n")
    good = found["rows_a_second"] >= ROWS_A_SECOND and found["peak_memory_mb"] < MEMORY_MB
    return 0 if good or options.names else 1


def _measure(folder: Path, rows: int, *, finds_names: bool) -> dict[str, Any]:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "SECRET_KEY"}
    }
    environment["TOUCHSTONE_DATA"] = str(folder / "data")
    file = folder / "conversations.jsonl"
    write_conversations(file, rows)
    _manage(environment, "migrate", "-v0")
    # The server stays up while this process holds it, so that its start is not measured.
    with subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", HOLD.format(finds_names)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        holder.stdout.readline()
        first = _import(environment, file)
        second = _import(environment, file)
        holder.stdin.close()
    assert first["created"] == rows, first
    assert second["unchanged"] == rows, second
    return {
        "rows": rows,
        "file_mb": round(file.stat().st_size / 1e6, 1),
        "findings": first["findings"],
        "seconds": first["wall_seconds"],
        "cpu_seconds": first["cpu_seconds"],
        "rows_a_second": round(rows / first["wall_seconds"]),
        "peak_memory_mb": first["peak_memory_mb"],
        "again_rows_a_second": round(rows / second["wall_seconds"]),
    }


HOLD = """
from reviewapp.people.actions import projects
from reviewapp.people.models import Project
project = projects.create_project(slug="bench")
Project.objects.filter(pk=project.pk).update(languages="{{en,de,it,es,nl}}", finds_names={})
print("ready", flush=True)
import sys
sys.stdin.read()
"""


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "manage.py", *arguments], env=environment, check=True)


def _import(environment: dict[str, str], file: Path) -> dict[str, Any]:
    """Run the command; its answer, its wall time, and the most memory its processes had."""
    began, used = time.perf_counter(), _cpu_seconds()
    with subprocess.Popen(
        [
            *(sys.executable, "manage.py", "import_examples", str(file)),
            *("--project", "bench", "--json"),
        ],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        peak = 0.0
        while running.poll() is None:
            peak = max(peak, memory_mb(running.pid))
            time.sleep(LOOK_SECONDS)
        assert running.stdout is not None
        answer: dict[str, Any] = json.loads(running.stdout.read())
    answer["wall_seconds"] = round(time.perf_counter() - began, 1)
    answer["cpu_seconds"] = round(_cpu_seconds() - used, 1)
    answer["peak_memory_mb"] = round(peak)
    return answer


def _cpu_seconds() -> float:
    """Processor time of the commands that have ended and of their helpers."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
