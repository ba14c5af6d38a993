"""How long the curation queue takes with each kind of filter at 100,000 examples.

`python -m tests.bench.curation_queue [--json] [--examples 100000]` starts a database of its own
with durable settings in a temporary folder; `tests.bench.curation_queue_inside` measures in it.
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
from typing import Any

from reviewapp.ops import database

EXAMPLES = 100_000
LIMIT_MS = 150
_INSIDE = (
    "import django; django.setup(); from tests.bench import curation_queue_inside as q; q.main()"
)


def main() -> int:
    """Measure; 0 if the p95 of every filter is within the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="how many examples")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="touchstone-bench-"))
    folder.chmod(0o755)  # As root, the server runs as another user.
    try:
        _prepare(folder)
        found = _measured(options.examples)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        sys.stdout.write(json.dumps({"curation_queue": found}) + "\n")
    slow = [name for name, timed in found["pages"].items() if timed["p95"] > LIMIT_MS]
    return int(bool(slow))


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


def _measured(examples: int) -> dict[str, Any]:
    """Measure in a child; people read along on standard error."""
    child = [sys.executable, "-c", _INSIDE, str(examples)]
    printed = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout
    sys.stderr.write(printed)
    found: dict[str, Any] = json.loads(printed)
    return found


if __name__ == "__main__":
    sys.exit(main())
