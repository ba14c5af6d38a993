"""Writes around dataset versions: freeze, hand out a file, say what training costs."""

from datasets.versions.actions.exporting import Export, export_file
from datasets.versions.actions.freezing import freeze_version, run_preflight
from datasets.versions.actions.prices import Price, set_training_price

__all__ = [
    "Export",
    "Price",
    "export_file",
    "freeze_version",
    "run_preflight",
    "set_training_price",
]
