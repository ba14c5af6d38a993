"""Writes of an import: the batch and its life, and its rows, a chunk at a time."""

from datasets.ingest.actions.batches import (
    ClaimLost,
    cancel_batch,
    claim_batch,
    create_batch,
    fail_batch,
    give_up_lost_commands,
    give_up_lost_uploads,
    similar_intents,
)
from datasets.ingest.actions.running import ImportJob, run_batch
from datasets.ingest.actions.trial import TrialCounts, try_import
from datasets.ingest.actions.uploads import accept_upload, import_upload, reject_file_of

__all__ = [
    "ClaimLost",
    "ImportJob",
    "TrialCounts",
    "accept_upload",
    "cancel_batch",
    "claim_batch",
    "create_batch",
    "fail_batch",
    "give_up_lost_commands",
    "give_up_lost_uploads",
    "import_upload",
    "reject_file_of",
    "run_batch",
    "similar_intents",
    "try_import",
]
