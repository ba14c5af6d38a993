"""Actions of coverage: set and remove targets, take the next conversation to curate."""

from datasets.coverage.actions.taking import Next, take_next
from datasets.coverage.actions.targets import remove_target, set_each, set_target

__all__ = ["Next", "remove_target", "set_each", "set_target", "take_next"]
