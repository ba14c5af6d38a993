"""What the pages of an import show of it."""

from typing import Any

from django.core.files.storage import default_storage
from django.shortcuts import get_object_or_404

from datasets.ingest import actions as imports
from datasets.ingest.files.mapping import mapped_messages
from datasets.ingest.files.shapes import unread_key_message
from datasets.ingest.files.source import Format
from datasets.ingest.forms import MappingForm
from datasets.ingest.models import ImportBatch
from reviewapp.core.messages import Message, message, sentences
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project

MAX_SHOWN_REJECTIONS = 20


def find_batch(project: Project, batch_id: int) -> ImportBatch:
    """Return an import of a project, or answer with 404."""
    batches = ImportBatch.objects.select_related("created_by")
    found = get_object_or_404(batches, pk=batch_id, project=project)
    found.project = project
    return found


def batch_facts(batch: ImportBatch) -> dict[str, Any]:
    """Return what is shown of every import."""
    return {
        "batch": batch,
        "slug": batch.project.slug,
        "is_finished": batch.is_over,
        "recognised": message(f"ingest.format.{batch.shape}") if batch.shape else None,
        "notes": [
            message(f"ingest.note.{code}", n=count) for code, count in sorted(batch.notes.items())
        ],
        "mapped": mapped_messages(batch.mapping),
        "unread": [
            sentences([unread_key_message(key, is_table=batch.format == Format.CSV), _kept(count)])
            for key, count in batch.unread.items()
        ],
        "may_correct": batch.may_be_corrected,
        "has_reject_file": bool(
            batch.rejected
            and batch.stored_path
            and default_storage.exists(imports.stored_reject_path(batch))
        ),
    }


def trial_facts(batch: ImportBatch, form: MappingForm | None = None) -> dict[str, Any]:
    """Return what is shown of a trial import: what importing would do, and its first rows."""
    has_form = batch.may_be_mapped and (batch.mappable or batch.mapping)
    return {
        **batch_facts(batch),
        "may_import": batch.state == JobState.DONE,
        "form": form or (MappingForm(batch) if has_form else None),
        "rejections": batch.rejections.all()[:MAX_SHOWN_REJECTIONS],
    }


def _kept(rows: int) -> Message:
    """Return how many rows had a key that is not read; a column is named before rows are read."""
    return message("ingest.unread_rows", n=rows) if rows else message("ingest.unread_kept")
