"""The outcome of a gate."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reviewapp.core.messages import Message

if TYPE_CHECKING:
    from datetime import datetime


class Gate(StrEnum):
    """Names of the gates, as stored and printed."""

    OVERALL_SUPERIORITY = "overall_superiority"
    NO_INTENT_REGRESSES = "no_intent_regresses"
    NO_CRITERION_REGRESSES = "no_criterion_regresses"
    NO_ALARM = "no_alarm"
    BOTH_BAD = "both_bad"
    HYGIENE_RATERS = "hygiene_raters"
    HYGIENE_RATER_SHARE = "hygiene_rater_share"
    HYGIENE_LEAVE_ONE_OUT = "hygiene_leave_one_out"
    HYGIENE_AGREEMENT = "hygiene_agreement"
    HYGIENE_POSITION = "hygiene_position"
    HYGIENE_SKIPS = "hygiene_skips"
    P95_LATENCY = "p95_latency"
    COST = "cost"
    REFUSALS = "refusals"
    ERRORS = "errors"


class State(StrEnum):
    """The result of a gate; insufficient means "keep voting" and never passes."""

    PASSED = "passed"
    FAILED = "failed"
    INSUFFICIENT = "insufficient"


HYGIENE = frozenset(gate for gate in Gate if gate.value.startswith("hygiene_"))
"""Gates on the voting. A failure of one says nothing about the candidate."""


class Decision(StrEnum):
    """The outcome of all gates together."""

    PROMOTE = "promote"
    KEEP_VOTING = "keep_voting"
    REJECT = "reject"
    # Only hygiene gates failed: the votes cannot be used, whatever they say of the candidate.
    INVALID = "invalid"


class DecisionReason(StrEnum):
    """The reason of a decision, as a code."""

    ALL_PASSED = "all_passed"
    UNDECIDED = "undecided"
    GOT_WORSE = "got_worse"
    OVER_LIMIT = "over_limit"
    CANNOT_BE_SHOWN = "cannot_be_shown"
    VOTING_INVALID = "voting_invalid"


@dataclass(frozen=True, slots=True)
class Crossing:
    """The stored fact that a lower end first lay above its threshold.

    Attributes:
        example: number of the counted example, from 1.
        at: when that was seen, if known.
    """

    example: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """The result of one gate at one moment.

    Attributes:
        gate: which gate.
        subject: the intent or criterion it is about; empty for the whole run.
        state: passed, failed or insufficient.
        reason: why, and what to do where it did not pass; reason_texts.py has the sentences.
        crossing: when the lower end first passed, for gates that keep it.
        failure: of a failed gate on the candidate, what it says of the candidate.
        is_alarm: of a failed gate on the voting, whether its own interval lies wholly on the
            wrong side of its limit.
    """

    gate: Gate
    subject: str
    state: State
    reason: Message
    crossing: Crossing | None = None
    failure: DecisionReason = DecisionReason.CANNOT_BE_SHOWN
    is_alarm: bool = False

    @property
    def passed_at_example(self) -> int | None:
        """Number of the example at which the gate passed, for gates that keep it."""
        return self.crossing.example if self.crossing else None

    @property
    def passed_at(self) -> datetime | None:
        """When the gate passed, for gates that keep it."""
        return self.crossing.at if self.crossing else None

    def as_json(self) -> dict[str, Any]:
        """Return the result in plain JSON values; the reason is a message in its stored form."""
        return {
            "gate": self.gate.value,
            "subject": self.subject,
            "state": self.state.value,
            "reason": self.reason.as_json(),
            "passed_at": self.passed_at.isoformat() if self.passed_at else None,
            "passed_at_example": self.passed_at_example,
        }
