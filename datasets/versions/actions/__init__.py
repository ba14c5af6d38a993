"""Actions on dataset versions: freeze, export a file, set training prices."""

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
