"""Actions of the search for names: change its settings, take away what they rule out."""

from datasets.known_names.actions.settings import (
    MAX_LENGTH,
    MAX_NAMES,
    add_known_name,
    change_name_search,
)
from datasets.known_names.actions.taking_away import run_removal

__all__ = ["MAX_LENGTH", "MAX_NAMES", "add_known_name", "change_name_search", "run_removal"]
