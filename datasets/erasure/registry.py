"""What other apps hold of an example or a project, and have to erase with it."""

from collections.abc import Callable
from datetime import datetime

from reviewapp.people.models import Project

# Erases what else holds the text of an example: called with its id, the reason, and who asks.
ExampleEraser = Callable[[int, str, int | None], None]
# Deletes what a project keeps for too long: returns how many rows by what they are.
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
