"""Time of the leads' page and of `win_rates --json` with 1,000, 10,000 and 100,000 votes.

`python -m tests.bench.reports [--json] [--votes 1000 10000]` starts a database of its own with
durable settings in a temporary folder; `tests.bench.reports_inside` then measures in it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from reviewapp.ops import database

SIZES = (1_000, 10_000, 100_000)
LIMIT_MS = 150
_INSIDE = "import django; django.setup(); from tests.bench import reports_inside as r; r.main()"


def main() -> int:
    """Measure every size; return 0 if each p95 is within its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--votes", type=int, nargs="*", default=SIZES, help="sizes of the runs")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
    folder.chmod(0o755)  # As root, the server runs as another user.
    try:
        _prepare(folder)
        found = _measured(options.votes)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        sys.stdout.write(json.dumps({"reports": found}) + "\n")
    return int(any(size[kind]["p95"] > LIMIT_MS for size in found for kind in ("page", "command")))


def _prepare(folder: Path) -> None:
    """Start a database with the current schema, for this process and its children."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "DEBUG"):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    os.environ["TOUCHSTONE_DATA"] = str(folder)
    os.environ["BROKER_URL"] = "memory://"
    os.environ["ALLOWED_HOSTS"] = "testserver"
    os.environ["DJANGO_SETTINGS_MODULE"] = "reviewapp.settings"
    database.acquire()
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True)


def _measured(sizes: list[int]) -> list[dict[str, dict[str, float]]]:
    """Measure each size in a child; show the results on standard error too."""
    found = []
    for votes in sizes:
        child = [sys.executable, "-c", _INSIDE, str(votes)]
        printed = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout
        sys.stderr.write(printed)
        found.append(json.loads(printed))
    return found


if __name__ == "__main__":
    sys.exit(main())
