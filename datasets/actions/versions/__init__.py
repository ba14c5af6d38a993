"""Writes around dataset versions: freeze, hand out a file, say what training costs."""

from datasets.actions.versions.exporting import Export, export_file
from datasets.actions.versions.freezing import freeze_version, read_back
from datasets.actions.versions.prices import Price, set_training_price

__all__ = ["Export", "Price", "export_file", "freeze_version", "read_back", "set_training_price"]
