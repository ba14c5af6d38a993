"""A new assignee with a due date, as the detail of an event. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self


@dataclass(frozen=True)
class Change:
    """A new assignee with a due date; nobody if `assignee_id` is None."""

    assignee_id: int | None
    due_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it for the detail of an event."""
        due_on = self.due_on.isoformat() if self.due_on else None
        return {"assignee": self.assignee_id, "due_on": due_on}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return what `as_json` stored."""
        due_on = stored["due_on"]
        return cls(stored["assignee"], date.fromisoformat(due_on) if due_on else None)
