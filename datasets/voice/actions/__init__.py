"""Actions of the house voice: save and remove rules, inspect all examples by them."""

from datasets.voice.actions.running import run_inspection
from datasets.voice.actions.saving import import_rules, remove_rule, repeat_inspection, save_rule

__all__ = ["import_rules", "remove_rule", "repeat_inspection", "run_inspection", "save_rule"]
