"""Which examples the queue shows: a filter that lives in the address. Pure: no Django."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

from datasets.curation.lifecycle import State

MAX_VALUE_LENGTH = 200


class MineFilter(StrEnum):
    """What of the queue waits for the person who looks."""

    REVIEW = "review"
    FIX = "fix"


class FindingsFilter(StrEnum):
    """Which open findings an example must have."""

    OPEN = "open"
    BLOCKING = "blocking"


# Values outside these lists come from a mistyped address and narrow nothing.
KNOWN_VALUES: dict[str, list[str]] = {
    "state": [*State],
    "mine": [*MineFilter],
    "findings": [*FindingsFilter],
}


@dataclass(frozen=True)
class ExampleFilter:
    """Each field narrows the queue unless it is empty; its name is the address's parameter."""

    state: str = ""
    mine: str = ""
    intent: str = ""
    language: str = ""
    tag: str = ""
    policy: str = ""
    source: str = ""
    findings: str = ""
    q: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "ExampleFilter":
        """Read the parameters of an address; unknown ones and unknown words are left out."""
        values = {}
        for name in cls.__dataclass_fields__:
            # PostgreSQL has no zero character in text.
            value = query.get(name, "").replace("\x00", "").strip()[:MAX_VALUE_LENGTH]
            if name not in KNOWN_VALUES or value in KNOWN_VALUES[name]:
                values[name] = value
        return cls(**values)

    @property
    def query(self) -> str:
        """The filter as the part of an address after the question mark."""
        return urlencode({name: value for name, value in asdict(self).items() if value})

    def everything(self) -> "ExampleFilter":
        """Return the filter that narrows nothing within the same choice of state and person."""
        return ExampleFilter(state=self.state, mine=self.mine)

    def only(self, *, state: str = "", mine: str = "") -> "ExampleFilter":
        """Return this filter with another choice of whose and in which state."""
        return replace(self, state=state, mine=mine)
