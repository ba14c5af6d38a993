"""What the queue shows, as read from a URL: filters, order and columns. Pure."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Final
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
    MISSING_SYSTEM = "missing_system"


class TalkFilter(StrEnum):
    """Threads of comments that an example must have."""

    OPEN = "open"
    UNREAD = "unread"


class DueFilter(StrEnum):
    """How the due date of an assignment lies."""

    OVERDUE = "overdue"


class SortKey(StrEnum):
    """What the queue can be sorted by, besides the id; with "-" before it in descending order."""

    AGE = "age"
    UPDATED = "updated"
    STATE = "state"
    INTENT = "intent"
    LANGUAGE = "language"
    FINDINGS = "findings"
    DUE = "due"
    MESSAGES = "messages"
    TOKENS = "tokens"
    SOURCE = "source"
    COMMENTS = "comments"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    ASSIGNEE = "assignee"


# Other values come from a mistyped URL and are ignored.
KNOWN_VALUES: dict[str, list[str]] = {
    "state": [*State],
    "mine": [*MineFilter],
    "findings": [*FindingsFilter],
    "talk": [*TalkFilter],
    "due": [*DueFilter],
    "sort": [f"{sign}{key}" for key in SortKey for sign in ("", "-")],
}


def reversed_sort(sort: str) -> str:
    """Return the opposite order of a `sort`."""
    return sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"


def is_same_key(sort: str, other: str) -> bool:
    """Return whether two values of `sort` sort by the same, in any direction."""
    return sort.removeprefix("-") == other.removeprefix("-")


_ID: Final = re.compile("[0-9]{1,18}")
# A word of the search such as author:giulia or author:"Giulia Rossi".
_PERSON: Final = re.compile(r'(?<!\S)(author|reviewer|assignee):(?:"([^"]+)"|(\S+))', re.IGNORECASE)


@dataclass(frozen=True)
class PersonWord:
    """A word of the search that names who wrote, reviewed or has examples."""

    part: str
    name: str


def _is_known(name: str, value: str) -> bool:
    if name == "findings" and re.fullmatch("voice_[a-z0-9_]{1,34}", value):
        return True
    if name in {"assignee", "author", "reviewer"}:
        is_unassigned = name == "assignee" and value == UNASSIGNED
        return is_unassigned or _ID.fullmatch(value) is not None
    return name not in KNOWN_VALUES or value in KNOWN_VALUES[name]


@dataclass(frozen=True)
class ExampleFilter:
    """Each field filters the queue unless it is empty; it is named as the parameter of the URL.

    Attributes:
        language: one code, or several base codes such as "de,it".
        findings: of `FindingsFilter`, or the code of a voice rule.
        assignee: the id of a member, or `UNASSIGNED`.
        author, reviewer: the id of who wrote a revision, or decided on one.
        sort: a `SortKey`, perhaps with "-"; empty for the order of ids. It filters nothing.
        columns: the codes of columns; empty for those that the reader has chosen.
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
    author: str = ""
    reviewer: str = ""
    due: str = ""
    q: str = ""
    sort: str = ""
    columns: str = ""

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
    def narrowing(self) -> int:
        """The number of filters that are chosen beside the search and the tabs."""
        apart = {"state", "mine", "q", "sort", "columns"}
        return sum(bool(value) for name, value in asdict(self).items() if name not in apart)

    @property
    def query(self) -> str:
        """The filter as the query of a URL."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    @property
    def words(self) -> str:
        """The text of the search without the words that name people."""
        return _PERSON.sub(" ", self.q).strip()

    @property
    def people(self) -> tuple[PersonWord, ...]:
        """The words of the search that name people."""
        found = _PERSON.finditer(self.q)
        return tuple(
            PersonWord(match[1].lower(), (match[2] or match[3]).strip()) for match in found
        )

    def everything(self) -> "ExampleFilter":
        """Return this list without its filters, but for the state and `mine`."""
        return ExampleFilter(state=self.state, mine=self.mine, sort=self.sort, columns=self.columns)

    def only(self, *, state: str = "", mine: str = "") -> "ExampleFilter":
        """Return this filter with another state and `mine`."""
        return replace(self, state=state, mine=mine)
