"""Which counted examples of a run are shown: a filter that lives in the address. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from evaluation.stats.verdicts import Contender, Verdict
from evaluation.voting.feedback import CODES

MAX_VALUE_LENGTH = 200


class Outcome(StrEnum):
    """What an example came to; the first four are what the tables count."""

    CANDIDATE = Verdict.CANDIDATE.value
    BASELINE = Verdict.BASELINE.value
    TIE_GOOD = Verdict.TIE_GOOD.value
    TIE_BAD = Verdict.TIE_BAD.value
    # Both answers are the same: a tie by rule.
    IDENTICAL = "identical"
    # Its raters differed, and their mean is neither a win, a loss nor a tie.
    MIXED = "mixed"
    # Reported as broken: it is in no figure but that of the skips.
    SET_ASIDE = "set_aside"
    # Not closed yet, so not counted: the first one holds back what follows it.
    OPEN = "open"


# Words outside these lists come from a mistyped address and narrow nothing.
_KNOWN: dict[str, frozenset[str]] = {
    "verdict": frozenset(Outcome),
    "reason": CODES,
    "model": frozenset(Contender),
}


@dataclass(frozen=True)
class RunExampleFilter:
    """Each field narrows the examples unless it is empty; its name is the address's parameter.

    Attributes:
        intent: name of the run's row.
        verdict: an `Outcome`.
        rater: id of a rater with a closing vote on the example.
        reason, model: a reason that a vote gave, and for which model's answer.
    """

    intent: str = ""
    verdict: str = ""
    language: str = ""
    tag: str = ""
    rater: str = ""
    reason: str = ""
    model: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> RunExampleFilter:
        """Read the parameters of an address; unknown ones and unknown words are left out."""
        values = {}
        for name in cls.__dataclass_fields__:
            # PostgreSQL has no zero character in text.
            value = query.get(name, "").replace("\x00", "").strip()[:MAX_VALUE_LENGTH]
            if name not in _KNOWN or value in _KNOWN[name]:
                values[name] = value
        if not values["rater"].isascii() or not values["rater"].isdigit():
            values["rater"] = ""
        return cls(**values)

    @property
    def query(self) -> str:
        """The filter as the part of an address after the question mark."""
        return urlencode({name: value for name, value in vars(self).items() if value})

    def also(self, **fields: Any) -> RunExampleFilter:
        """Return this filter with other values of some fields."""
        return replace(self, **fields)
