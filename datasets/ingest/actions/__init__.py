"""Writes of an import: the batch and its life, and its rows, a chunk at a time."""

from datasets.ingest.actions.batches import (
    INTERRUPTED,
    cancel_batch,
    claim_batch,
    create_batch,
    fail_batch,
    first_line,
    set_choices,
    similar_intents,
)
from datasets.ingest.actions.correcting import (
    RejectedText,
    all_rejected_texts,
    correct_rows,
    rejected_texts,
)
from datasets.ingest.actions.running import ImportJob, run_batch
from datasets.ingest.actions.trial import DryRunCounts, dry_run_import
from datasets.ingest.actions.trial_imports import (
    delete_trial,
    discard_trial,
    import_looked_at,
    map_columns,
)
from datasets.ingest.actions.uploads import accept_upload, import_upload, stored_reject_path

__all__ = [
    "INTERRUPTED",
    "DryRunCounts",
    "ImportJob",
    "RejectedText",
    "accept_upload",
    "all_rejected_texts",
    "cancel_batch",
    "claim_batch",
    "correct_rows",
    "create_batch",
    "delete_trial",
    "discard_trial",
    "dry_run_import",
    "fail_batch",
    "first_line",
    "import_looked_at",
    "import_upload",
    "map_columns",
    "rejected_texts",
    "run_batch",
    "set_choices",
    "similar_intents",
    "stored_reject_path",
]
