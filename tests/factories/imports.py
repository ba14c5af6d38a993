"""Files of conversations for tests, and their import."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from datasets.ingest import actions as imports
from datasets.ingest.actions import ImportJob
from datasets.ingest.files.opening import open_source
from datasets.ingest.models import ImportBatch
from datasets.ingest.rejects import RejectFile
from reviewapp.people.models import Project, User


def make_row(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a row of the chat format without findings, different for each number."""
    return {
        "messages": [
            {"role": "system", "content": "You answer customers of a shop."},
            {"role": "user", "content": f"Where is parcel {number} of mine, please tell me?"},
            {"role": "assistant", "content": "Open My orders to see where it is today."},
        ],
        "language": "en",
        **fields,
    }


def make_file(path: Path, rows: Iterable[dict[str, Any] | str]) -> Path:
    """Write rows as JSON lines; a text is written unchanged."""
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def make_job(project: Project, path: Path, *, actor: User | None = None) -> ImportJob:
    """Return an import of a file that this process has claimed, by a command without `actor`."""
    file = open_source(path)
    batch = imports.create_batch(project=project, file=file, name=path.name, actor=actor)
    claimed = imports.claim_batch(batch_id=batch.pk)
    assert claimed is not None
    return ImportJob(claimed, file, RejectFile(path.with_suffix(".rejected")))


def make_import(
    project: Project,
    path: Path,
    rows: Iterable[dict[str, Any] | str],
    *,
    actor: User | None = None,
) -> ImportBatch:
    """Return a finished import of these rows."""
    return imports.run_batch(make_job(project, make_file(path, rows), actor=actor))
