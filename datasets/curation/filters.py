"""The filter of the queue, as read from a URL. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from datasets.curation.lifecycle import State

MAX_VALUE_LENGTH = 200
UNASSIGNED = "none"
"""The assignee of examples that are assigned to nobody."""


class MineFilter(StrEnum):
    """Examples that wait for the user."""

    REVIEW = "review"
    FIX = "fix"
    ASSIGNED = "assigned"


class FindingsFilter(StrEnum):
    """Open findings that an example must have."""

    OPEN = "open"
    BLOCKING = "blocking"


class TalkFilter(StrEnum):
    """Threads of comments that an example must have."""

    OPEN = "open"
    UNREAD = "unread"


class DueFilter(StrEnum):
    """How the due date of an assignment lies."""

    OVERDUE = "overdue"


# Other values come from a mistyped URL and are ignored.
KNOWN_VALUES: dict[str, list[str]] = {
    "state": [*State],
    "mine": [*MineFilter],
    "findings": [*FindingsFilter],
    "talk": [*TalkFilter],
    "due": [*DueFilter],
}


def _is_known(name: str, value: str) -> bool:
    if name == "findings" and re.fullmatch("voice_[a-z0-9_]{1,34}", value):
        return True
    if name == "assignee":
        return value == UNASSIGNED or re.fullmatch("[0-9]{1,18}", value) is not None
    return name not in KNOWN_VALUES or value in KNOWN_VALUES[name]


@dataclass(frozen=True)
class ExampleFilter:
    """Each field filters the queue unless it is empty; it is named as the parameter of the URL.

    Attributes:
        language: one code, or several base codes such as "de,it".
        findings: of `FindingsFilter`, or the code of a voice rule.
        assignee: the id of a member, or `UNASSIGNED`.
    """

    state: str = ""
    mine: str = ""
    intent: str = ""
    language: str = ""
    tag: str = ""
    policy: str = ""
    source: str = ""
    findings: str = ""
    talk: str = ""
    assignee: str = ""
    due: str = ""
    q: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "ExampleFilter":
        """Read the parameters of a URL; unknown parameters and values are ignored."""
        values = {}
        for name in cls.__dataclass_fields__:
            # PostgreSQL text cannot hold NUL.
            value = query.get(name, "").replace("\x00", "").strip()[:MAX_VALUE_LENGTH]
            if _is_known(name, value):
                values[name] = value
        return cls(**values)

    @property
    def query(self) -> str:
        """The filter as the query of a URL."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def everything(self) -> "ExampleFilter":
        """Return a filter with the same state and `mine`, and nothing else."""
        return ExampleFilter(state=self.state, mine=self.mine)

    def only(self, *, state: str = "", mine: str = "") -> "ExampleFilter":
        """Return this filter with another state and `mine`."""
        return replace(self, state=state, mine=mine)
