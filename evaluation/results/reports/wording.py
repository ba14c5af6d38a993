"""What the page and the command call things: the gates, the decision, the notes below it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from evaluation.gates import Decision, DecisionReason, Gate, GateSettings, State
from evaluation.gates.results import HYGIENE
from evaluation.gates.texts import gate_title
from evaluation.results.models import RunDecision
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.reviewer_capacity import too_few_reviewers
from evaluation.stats.words import count_of, listed, percent_range

if TYPE_CHECKING:
    from evaluation.results.reports.run_report import RunReport

_DECISIONS = {
    DecisionReason.ALL_PASSED: "Promote",
    DecisionReason.UNDECIDED: "Keep voting",
    DecisionReason.GOT_WORSE: "Reject: got worse",
    DecisionReason.OVER_LIMIT: "Reject: over a limit",
    DecisionReason.CANNOT_BE_SHOWN: "Cannot be shown with this set",
    DecisionReason.VOTING_INVALID: "Invalid voting",
}
_NAMED = 3


def decision_label(report: RunReport) -> str:
    """Return what the gates come to, as the badge says it."""
    if report.run.state == RunState.CLOSED and not report.overall.tally.n:
        return "Given up" if report.run.opened_at is None else "Closed without counted examples"
    if report.decision is Decision.KEEP_VOTING and report.run.state == RunState.CLOSED:
        return "Closed undecided"
    return _DECISIONS[report.decision_reason]


def decision_reason_label(reason: DecisionReason) -> str:
    """Return the label of a decision that was made for this reason."""
    return _DECISIONS[reason]


def decision_sentence(report: RunReport) -> str:
    """Return why the gates came to their decision, in one or two sentences."""
    if report.run.state == RunState.CLOSED and not report.overall.tally.n:
        return _nothing_compared(report.run)
    match report.decision_reason:
        case DecisionReason.ALL_PASSED:
            return _passed_since(report)
        case DecisionReason.UNDECIDED:
            waiting = sum(one.state is State.INSUFFICIENT for one in report.gates)
            return f"{count_of(waiting, 'gate')} not decided yet. Nothing has failed."
        case DecisionReason.VOTING_INVALID:
            return (
                f"The voting failed its checks, not the candidate: {_failed(report, hygiene=True)}."
            )
        case DecisionReason.CANNOT_BE_SHOWN:
            return f"{_not_shown(report)} Nothing got worse.{_voting_too(report)}"
        case _:
            return f"Not to be promoted: {_failed(report, hygiene=False)}.{_voting_too(report)}"


def _voting_too(report: RunReport) -> str:
    """Return a sentence on the failed gates on the voting, "" if there are none."""
    failed = _failed(report, hygiene=True)
    return f" The voting failed its checks too: {failed}." if failed else ""


def _nothing_compared(run: EvaluationRun) -> str:
    if run.opened_at is None:
        return "This run was given up before anybody voted, so it shows nothing about either model."
    return "No example was counted before the run was closed, so it shows nothing about the models."


def _passed_since(report: RunReport) -> str:
    fact = report.fact
    if fact is None:
        return "Every gate that a promotion needs has passed."
    return (
        f"May be promoted since example {fact.example}: all required gates passed on "
        f"{fact.at.astimezone(UTC):%-d %B %Y, %H:%M} UTC."
    )


@dataclass(frozen=True)
class DecisionLine:
    """One change of the decision, as the page shows it."""

    kind: str
    words: str
    example: int
    at: datetime
    why: list[str]


def decision_lines(report: RunReport) -> list[DecisionLine]:
    """Return each change of the decision, the newest first, with the gates that made it."""
    return [_decision_line(one, report.settings) for one in reversed(report.decisions)]


def _decision_line(stored: RunDecision, settings: GateSettings) -> DecisionLine:
    kinds = {Decision.PROMOTE: "passed", Decision.KEEP_VOTING: "insufficient"}
    gates = [] if stored.decision == Decision.PROMOTE else stored.gates
    states = {one["state"] for one in gates} - {State.PASSED}
    state = State.FAILED if State.FAILED in states else State.INSUFFICIENT
    return DecisionLine(
        kind=kinds.get(Decision(stored.decision), "failed"),
        words=_DECISIONS[DecisionReason(stored.reason)],
        example=stored.counted,
        at=stored.at,
        why=[
            f"{gate_title(Gate(one['gate']), one['subject'], settings)}: {one['reason']}"
            for one in gates
            if one["state"] == state
        ],
    )


def _not_shown(report: RunReport) -> str:
    """Return what could not be shown: how many intents, and the other gates by their titles."""
    intents = [one for one in report.gates if one.gate is Gate.NO_INTENT_REGRESSES]
    failed = sum(one.state is State.FAILED for one in intents)
    others = _failed(report, hygiene=False, but=Gate.NO_INTENT_REGRESSES)
    found = (
        [f"{failed} of {count_of(len(intents), 'intent')} not shown to be safe"] if failed else []
    )
    if others:
        found.append(f"not passed: {others}")
    return f"Cannot be shown with this set: {'; '.join(found)}."


def _failed(report: RunReport, *, hygiene: bool, but: Gate | None = None) -> str:
    """Return the titles of the failed gates on the voting, or of those on the candidate."""
    titles = [
        gate_title(one.gate, one.subject, report.settings)
        for one in report.gates
        if one.state is State.FAILED and (one.gate in HYGIENE) is hygiene and one.gate is not but
    ]
    if len(titles) > _NAMED:
        titles = [*titles[: _NAMED - 1], f"{len(titles) - _NAMED + 1} more gates"]
    return listed(titles)


def _unordered_notes(report: RunReport) -> list[str]:
    """Return what a reader must know of a finished study."""
    notes = []
    if report.run.is_unordered and (left := report.overall.counted.left):
        notes.append(
            f"{count_of(left)} of this study {'has' if left == 1 else 'have'} no votes. If those "
            "with votes were chosen, the figures are of the chosen ones only."
        )
    if report.run.unordered_votes:
        notes.append(
            "Votes were imported without their served order, so all closed examples are read once."
        )
    return notes


def _vote_notes(report: RunReport) -> list[str]:
    """Return what was voted: counted examples, votes, those of the demo, broken examples."""
    notes = [
        f"{count_of(report.overall.tally.n)} counted, {count_of(report.votes, 'vote')} by "
        f"{count_of(report.active_raters, 'reviewer')}."
    ]
    if report.demo_votes:
        notes.append(f"{count_of(report.demo_votes, 'vote')} of them were cast for the demo.")
    if report.set_aside:
        notes.append(f"{count_of(report.set_aside)} reported as broken.")
    return notes


def run_notes(report: RunReport) -> list[str]:
    """Return what a reader must know beside the figures, one sentence each."""
    notes = _vote_notes(report)
    if report.this_set is not None and report.overall.counted.left:
        notes.append(
            f"Of these {report.set_size:,} examples alone the candidate's win rate is "
            f"{percent_range(report.this_set)}. No gate reads this."
        )
    notes += _unordered_notes(report)
    reviewer_count = sum(1 for one in report.voting if one.rater.removed_at is None)
    if sentence := too_few_reviewers(report.run, reviewer_count=reviewer_count):
        notes.append(sentence)
    if report.run_number > 1:
        notes.append(
            f"Run {report.run_number} of these two models on these prompts, so it is judged at "
            f"alpha {report.settings.alpha:.2g} instead of "
            f"{report.settings.alpha_of_first_run:.2g}: the best of many runs passes by luck."
        )
    if removed := [one.rater.name for one in report.voting if one.rater.removed_at]:
        notes.append(f"Votes removed by rule: {', '.join(removed)}. All figures are without them.")
    if report.intents and not any(row.gated for row in report.intents):
        notes.append("No intent is gated: they are shown, and were not shown to be safe.")
    return notes
