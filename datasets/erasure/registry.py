"""Registry of what other apps erase with an example, and delete after a time."""

from collections.abc import Callable
from datetime import datetime

from reviewapp.people.models import Project

# Erases copies of the text of an example; called with its id, the reason and the actor's id.
ExampleEraser = Callable[[int, str, int | None], None]
# Deletes expired rows of a project; returns their numbers by kind.
RetentionRule = Callable[[Project, datetime], dict[str, int]]

EXAMPLE_ERASERS: list[ExampleEraser] = []
RETENTION_RULES: list[RetentionRule] = []


def register_example_eraser(eraser: ExampleEraser) -> None:
    """Call `eraser` in the transaction in which an example is erased."""
    if eraser not in EXAMPLE_ERASERS:
        EXAMPLE_ERASERS.append(eraser)


def register_retention_rule(rule: RetentionRule) -> None:
    """Call `rule` each hour for every project."""
    if rule not in RETENTION_RULES:
        RETENTION_RULES.append(rule)
