"""What to do with a run next, and why, in one sentence. Pure.

The page, the API, the command and the home page show the same object. It never contradicts the
decision of the gates: it adds what the decision rests on, and what would help.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from evaluation.gates.evidence import Evidence
from evaluation.gates.promotion_decision import PromotionDecision
from evaluation.gates.results import DecisionReason, GateResult
from evaluation.gates.settings import GateSettings
from evaluation.stats.forecast import Forecast
from reviewapp.core.messages import Message, sentences


class Step(StrEnum):
    """What to do with a run next, as a code."""

    MAY_BE_PROMOTED = "may_be_promoted"
    GOT_WORSE = "got_worse"
    OVER_LIMIT = "over_limit"
    CANNOT_BE_SHOWN = "cannot_be_shown"
    VOTING_INVALID = "voting_invalid"
    NOTHING_COUNTED = "nothing_counted"
    TOO_EARLY = "too_early"
    KEEP_VOTING = "keep_voting"
    BEHIND = "behind"
    LEFT_WILL_NOT_DO = "left_will_not_do"
    VOTES_CANNOT_HELP = "votes_cannot_help"
    CLOSED_UNDECIDED = "closed_undecided"
    CLOSED_EMPTY = "closed_empty"
    GIVEN_UP = "given_up"


class Remedy(StrEnum):
    """What helps: the page offers each as a link."""

    PROMOTE = "promote"
    LARGER_SET = "larger_set"
    MERGE_INTENTS = "merge_intents"
    SEE_LOSSES = "see_losses"
    SEE_RATERS = "see_raters"
    ADD_REVIEWERS = "add_reviewers"
    SEE_ANSWERS = "see_answers"
    SEE_SKIPPED = "see_skipped"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Situation:
    """A run as `next_step` reads it.

    Attributes:
        reason: of the decision that follows from the gates.
        gates: every gate, given the stored decision.
        evidence: what the gates read.
        settings: of the run.
        forecast: examples until all that is judged on the whole run can hold.
        is_closed: whether it takes no votes any more.
        was_opened: whether it ever took votes.
        served: intents whose open examples are served now.
        votes_for_each: votes that an example needs on average, 1 or more.
        votes_a_day: votes cast on a day at present; None if none were cast lately.
        decided: the stored decision to promote, if there is one.
        waiting: examples with all their votes that wait for one that was served earlier.
    """

    reason: DecisionReason
    gates: tuple[GateResult, ...]
    evidence: Evidence
    settings: GateSettings
    forecast: Forecast
    is_closed: bool = False
    was_opened: bool = True
    served: frozenset[str] = frozenset()
    votes_for_each: float = 1.0
    votes_a_day: float | None = None
    decided: PromotionDecision | None = None
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Need:
    """How much more voting a decision probably takes.

    Attributes:
        examples: still to count; None when no end is in sight.
        low, high: a range of it; None where it has no end.
        votes: what these examples take.
        days: at the present rate of voting; None if it is not known.
    """

    examples: int | None
    low: int | None = None
    high: int | None = None
    votes: int | None = None
    days: float | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next and why.

    Attributes:
        step: as a code.
        headline: one sentence.
        details: what helps to understand or to act on it, one sentence each.
        remedies: what helps, the most useful first.
        need: how much more voting it takes, where voting helps.
        intents: the intents that it is about, in order of name.
        would_do: examples with which each of them, or the whole run, would probably pass.
    """

    step: Step
    headline: Message
    details: tuple[Message, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    need: Need | None = None
    intents: tuple[str, ...] = field(default=())
    would_do: int | None = None

    @property
    def message(self) -> Message:
        """Headline and details as one message."""
        return sentences([self.headline, *self.details])

    def as_json(self) -> dict[str, Any]:
        """Return the codes and figures under the names of the public interface."""
        need = self.need or Need(None)
        return {
            "code": self.step.value,
            "remedies": [remedy.value for remedy in self.remedies],
            "intents": list(self.intents),
            "would_do": self.would_do,
            "examples": need.examples,
            "low": need.low,
            "high": need.high,
            "votes": need.votes,
            "days": need.days,
        }
