"""Assignees of an example, as its events hold them."""

from collections.abc import Iterable, Mapping
from typing import Final

from datasets.curation.models import ExampleEvent
from reviewapp.people.models import User

ASSIGN_EVENT: Final = "assign"
"""The action of an example's event of a new assignee or due date."""


def assignee_id_of(event: ExampleEvent) -> int | None:
    """Return the id of the new assignee of an event; None for nobody, and for other events."""
    found: int | None = event.detail.get("to", {}).get("assignee") if _is_change(event) else None
    return found


def assignees_of(events: Iterable[ExampleEvent]) -> Mapping[int, User]:
    """Return the new assignees of events by their id; without such events it costs no query."""
    ids = {pk for event in events if (pk := assignee_id_of(event))}
    return User.objects.in_bulk(ids) if ids else {}


def _is_change(event: ExampleEvent) -> bool:
    return event.action == ASSIGN_EVENT and isinstance(event.detail.get("to"), dict)
