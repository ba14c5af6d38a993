"""Registry of what other apps erase with an example, and delete after a time.

Functions are registered by their dotted names, so that starting a process does not import them.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.utils.module_loading import import_string

from reviewapp.people.models import Project

# Erases copies of the text of an example; called with its id, the reason and the actor's id.
ExampleEraser = Callable[[int, str, int | None], None]
# Deletes expired rows of a project; returns their numbers by kind.
RetentionRule = Callable[[Project, datetime], dict[str, int]]

_example_erasers: list[str] = []
_retention_rules: list[str] = []


def register_example_eraser(dotted_name: str) -> None:
    """Call an `ExampleEraser` in the transaction in which an example is erased."""
    if dotted_name not in _example_erasers:
        _example_erasers.append(dotted_name)


def register_retention_rule(dotted_name: str) -> None:
    """Call a `RetentionRule` each hour for every project."""
    if dotted_name not in _retention_rules:
        _retention_rules.append(dotted_name)


def example_erasers() -> Iterator[ExampleEraser]:
    """Import and yield what was registered to erase."""
    return map(import_string, _example_erasers)


def retention_rules() -> Iterator[RetentionRule]:
    """Import and yield what was registered to delete."""
    return map(import_string, _retention_rules)
