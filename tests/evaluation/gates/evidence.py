"""Evidence of runs for the tests of the gates."""

from __future__ import annotations

from dataclasses import replace

from evaluation.gates import Counted, Evidence, GateResult
from evaluation.stats.agreement import NO_SHARED_EXAMPLES, Agreement
from evaluation.stats.intervals import Interval
from evaluation.stats.raters import RaterVotes
from evaluation.stats.tally import Tally
from reviewapp.core.messages import SENTENCES
from tests.evaluation.stats.samples import tally

AGREED = Agreement(0.6, None, 40, Interval(0.4, 0.8))


def rater(name: str, wins: int, losses: int) -> RaterVotes:
    """A rater whose examples nobody else voted on."""
    return RaterVotes.of(
        name, [((1, 0, 0, 0), "candidate", wins), ((0, 1, 0, 0), "baseline", losses)]
    )


def counted(subject: str, of: Tally, left: int = 50) -> Counted:
    """Counted examples of which nothing crossed yet."""
    return Counted(subject, of, left)


def good_evidence() -> Evidence:
    """A run that passes every gate: 240 wins and 60 losses by three raters, two intents."""
    return Evidence(
        overall=counted("", tally(240, 60)),
        agreement=AGREED,
        intents=(counted("returns", tally(120, 30)), counted("refunds", tally(120, 30))),
        raters=tuple(rater(name, 80, 20) for name in ("ada", "bob", "eve")),
        left=155,
        right=145,
        skips=6,
        votes=300,
    )


def exhausted(evidence: Evidence) -> Evidence:
    """The same evidence with no example left to count."""
    return replace(
        evidence,
        overall=replace(evidence.overall, left=0),
        intents=tuple(replace(intent, left=0) for intent in evidence.intents),
    )


def unopened(left: int = 200) -> Evidence:
    """A run in which nobody has voted."""
    return Evidence(
        overall=counted("", Tally(), left),
        agreement=Agreement(None, NO_SHARED_EXAMPLES, 0),
        intents=(counted("returns", Tally(), left),),
    )


def codes(result: GateResult) -> list[str]:
    """Return the codes of the sentences of a gate's reason."""
    reason = result.reason
    parts = reason.params["parts"] if reason.code == SENTENCES else [reason]
    return [part.code for part in parts]
