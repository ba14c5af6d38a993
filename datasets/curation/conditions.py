"""Conditions of the queue's filter on rows of later packages, which register them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from datasets.curation.filters import ExampleFilter
from reviewapp.people.models import Project, User

if TYPE_CHECKING:
    from datasets.curation.models.examples import GoldenExampleQuerySet

# Returns the condition for a value of a field or property of the filter, for a reader.
Condition = Callable[[Any, User, Project], Q]

_CONDITIONS: dict[str, Condition] = {}


def register_condition(field: str, condition: Condition) -> None:
    """Filter the queue by a field or property of `ExampleFilter` from now on."""
    _CONDITIONS[field] = condition


def meeting_conditions(
    examples: "GoldenExampleQuerySet", example_filter: ExampleFilter, user: User, project: Project
) -> "GoldenExampleQuerySet":
    """Return the examples that meet the registered conditions of a filter."""
    for field, condition in _CONDITIONS.items():
        if value := getattr(example_filter, field):
            examples = examples.filter(condition(value, user, project))
    return examples
