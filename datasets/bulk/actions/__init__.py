"""Actions of bulk actions: select, preview, confirm, run, cancel, undo."""

from datasets.bulk.actions.deciding import cancel, choose_params, confirm
from datasets.bulk.actions.running import run_bulk_action
from datasets.bulk.actions.selecting import (
    Selection,
    select_examples,
    select_import,
    select_repeat,
    select_undo,
)

__all__ = [
    "Selection",
    "cancel",
    "choose_params",
    "confirm",
    "run_bulk_action",
    "select_examples",
    "select_import",
    "select_repeat",
    "select_undo",
]
