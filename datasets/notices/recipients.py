"""Recipients of notifications: one function for each event. The actor is left out by `notify`."""

from collections.abc import Iterable

from datasets.assignments.models import Assignment
from datasets.comments.notices import CommentNotice
from datasets.curation.models import GoldenExample
from datasets.ingest.models import ImportBatch


def of_assignment(assignee_id: int) -> Iterable[int]:
    """Return the new assignee."""
    return [assignee_id]


def of_comment(notice: CommentNotice) -> Iterable[int]:
    """Return whom the comment mentions, or who wrote in the thread that was answered."""
    return notice.recipients


def of_requested_changes(example: GoldenExample) -> Iterable[int]:
    """Return who wrote the example and who it is assigned to."""
    assigned = Assignment.objects.filter(example=example).values_list("assignee", flat=True)
    return {*example.authors, *assigned}


def of_failed_import(batch: ImportBatch) -> Iterable[int]:
    """Return who uploaded the file."""
    return [] if batch.created_by_id is None else [batch.created_by_id]
