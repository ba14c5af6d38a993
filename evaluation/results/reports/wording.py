"""Sentences of a run's page: the decision of its gates, and notes on its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import Decision, DecisionReason, Gate, GateSettings, State, Step
from evaluation.gates.setting_texts import plain_number
from evaluation.gates.texts import gate_title
from evaluation.results.models import RunDecision
from evaluation.results.reports.remarks import run_remarks
from evaluation.runs.lifecycle import RunState
from evaluation.runs.reading import short_languages
from evaluation.runs.reviewer_capacity import too_few_reviewers
from reviewapp.core import formats
from reviewapp.core.messages import Message
from reviewapp.core.texts import render

if TYPE_CHECKING:
    from evaluation.results.reports.rows import Row
    from evaluation.results.reports.run_report import RunReport

_DECISIONS = {
    DecisionReason.ALL_PASSED: _("Promote"),
    DecisionReason.UNDECIDED: _("Keep voting"),
    DecisionReason.GOT_WORSE: _("Reject: got worse"),
    DecisionReason.OVER_LIMIT: _("Reject: over a limit"),
    DecisionReason.CANNOT_BE_SHOWN: _("Not proven with this set"),
    DecisionReason.VOTING_INVALID: _("Invalid voting"),
}
# Votes that go on may still not help, or say nothing yet; then "Keep voting" is not the answer.
_UNDECIDED = {
    Step.NOTHING_COUNTED: _("Nothing counted yet"),
    Step.TOO_EARLY: _("Too early to say"),
    Step.BEHIND: _("Behind, not decided"),
    Step.LEFT_WILL_NOT_DO: _("Probably undecided"),
    Step.VOTES_CANNOT_HELP: _("Undecided for good"),
}
_FEW = 10


def estimate_sentence(row: Row, *, alpha: float) -> str:
    """Return the win rate of examples with its shares and its interval, and what that promises.

    Args:
        row: of the whole run, or an intent.
        alpha: the chance of missing that the interval was made with.
    """
    shown, shares = row.figures, row.tally.shares
    if shown.estimate is None or shares is None:
        return gettext("No example is counted yet, so any win rate from 0 to 100 % is open.")
    few = ngettext("%(n)s example.", "%(n)s examples.", shown.n) % {"n": formats.count(shown.n)}
    rate = gettext(
        "Win rate %(rate)s (ties count half): won %(won)s, both good %(good)s, both bad %(bad)s, "
        "lost %(lost)s. %(confidence)s interval %(interval)s."
    ) % {
        "rate": formats.percent(shown.estimate),
        "won": formats.percent(float(shares.win)),
        "good": formats.percent(float(shares.tie_good)),
        "bad": formats.percent(float(shares.tie_bad)),
        "lost": formats.percent(float(shares.loss)),
        "confidence": formats.confidence(alpha),
        "interval": formats.percent_range(shown.lower, shown.upper),
    }
    if shares.identical:
        same = gettext("In %(share)s of examples both answers are identical: a tie by rule.")
        rate += " " + same % {"share": formats.percent(float(shares.identical))}
    promise = gettext(
        "Look as often as you like: the chance that this interval ever misses the true win rate "
        "is at most %(chance)s."
    ) % {"chance": formats.percent_at_most(alpha)}
    return " ".join([few, rate, promise] if shown.n < _FEW else [rate, promise])


def decision_label(report: RunReport) -> str:
    """Return the label of the decision, as the badge shows it."""
    if report.run.state == RunState.CLOSED and not report.overall.tally.n:
        if report.run.opened_at is None:
            return gettext("Given up")
        return gettext("Closed without counted examples")
    if report.decision is Decision.KEEP_VOTING and report.run.state == RunState.CLOSED:
        return gettext("Closed undecided")
    if report.decision is Decision.KEEP_VOTING:
        return undecided_label(report.next_step.step)
    return str(_DECISIONS[report.decision_reason])


def undecided_label(step: Step) -> str:
    """Return the label of an open run that is not decided."""
    return str(_UNDECIDED.get(step, _DECISIONS[DecisionReason.UNDECIDED]))


def decision_reason_label(reason: DecisionReason) -> str:
    """Return the label of a decision that was made for this reason."""
    return str(_DECISIONS[reason])


def decision_sentence(report: RunReport) -> str:
    """Return what to do with the run next, and why, in a few sentences."""
    return render(report.next_step.message)


@dataclass(frozen=True)
class DecisionLine:
    """One change of the decision, as the page shows it."""

    kind: str
    label: str
    example: int
    at: datetime
    why: list[str]


def decision_lines(report: RunReport) -> list[DecisionLine]:
    """Return each change of the decision, the newest first, with the gates that made it."""
    return [_decision_line(decision, report.settings) for decision in reversed(report.decisions)]


def _decision_line(stored: RunDecision, settings: GateSettings) -> DecisionLine:
    kinds = {Decision.PROMOTE: "passed", Decision.KEEP_VOTING: "insufficient"}
    gates = [] if stored.decision == Decision.PROMOTE else stored.gates
    states = {gate["state"] for gate in gates} - {State.PASSED}
    state = State.FAILED if State.FAILED in states else State.INSUFFICIENT
    return DecisionLine(
        kind=kinds.get(Decision(stored.decision), "failed"),
        label=decision_reason_label(DecisionReason(stored.reason)),
        example=stored.counted,
        at=stored.at,
        why=[_gate_line(gate, settings) for gate in gates if gate["state"] == state],
    )


def _gate_line(stored: Mapping[str, Any], settings: GateSettings) -> str:
    """Return a stored gate with its reason."""
    title = gate_title(Gate(stored["gate"]), stored["subject"], settings)
    return f"{title}: {render(Message.from_json(stored['reason']))}"


def _unordered_notes(report: RunReport) -> list[str]:
    """Return what a reader must know of an unordered run."""
    notes = []
    if report.run.is_unordered and (left := report.overall.counted.left):
        sentence = ngettext(
            "%(n)s example of this run is not counted: it has too few votes, or none. If those "
            "with votes were chosen, the figures are of the chosen ones only.",
            "%(n)s examples of this run are not counted: they have too few votes, or none. If "
            "those with votes were chosen, the figures are of the chosen ones only.",
            left,
        )
        notes.append(sentence % {"n": formats.count(left)})
    if report.run.unordered_votes:
        notes.append(
            gettext(
                "Votes were imported without their served order, so all closed examples are read "
                "once."
            )
        )
    return notes


def _vote_notes(report: RunReport, *, with_broken: bool) -> list[str]:
    """Return what was voted: counted examples, votes, those of the demo, broken examples."""
    counted, votes, reviewers = report.overall.tally.n, report.votes, report.active_raters
    notes = [
        ngettext("%(n)s example counted.", "%(n)s examples counted.", counted)
        % {"n": formats.count(counted)},
        ngettext("%(votes)s by %(n)s reviewer.", "%(votes)s by %(n)s reviewers.", reviewers)
        % {
            "votes": ngettext("%(n)s vote", "%(n)s votes", votes) % {"n": formats.count(votes)},
            "n": formats.count(reviewers),
        },
    ]
    if report.demo_votes:
        notes.append(
            ngettext(
                "%(n)s vote of them was cast for the demo.",
                "%(n)s votes of them were cast for the demo.",
                report.demo_votes,
            )
            % {"n": formats.count(report.demo_votes)}
        )
    if with_broken and report.set_aside:
        notes.append(
            ngettext(
                "%(n)s example reported as broken.",
                "%(n)s examples reported as broken.",
                report.set_aside,
            )
            % {"n": formats.count(report.set_aside)}
        )
    return notes


def run_notes(report: RunReport, *, with_broken: bool = True) -> list[str]:
    """Return what a reader must know beside the figures, one sentence each.

    Args:
        report: of the run.
        with_broken: whether examples reported as broken are among it; the page shows a link.
    """
    notes = _vote_notes(report, with_broken=with_broken)
    if report.this_set is not None and report.overall.counted.left:
        notes.append(
            gettext(
                "Of these %(n)s examples alone the candidate's win rate is %(interval)s. "
                "No gate reads this."
            )
            % {
                "n": formats.count(report.set_size),
                "interval": formats.percent_range(report.this_set.lower, report.this_set.upper),
            }
        )
    notes += _unordered_notes(report)
    reviewer_count = sum(1 for counts in report.voting if counts.rater.removed_at is None)
    if sentence := too_few_reviewers(report.run, reviewer_count=reviewer_count):
        notes.append(sentence)
    notes += [render(language.message()) for language in short_languages(report.run)]
    return [*notes, *run_remarks(report), *_setting_notes(report)]


def _setting_notes(report: RunReport) -> list[str]:
    """Return what a reader must know of how the run is judged."""
    notes = []
    if report.run_number > 1:
        notes.append(
            gettext(
                "Run %(number)s of these two models on these prompts, so it is judged at alpha "
                "%(alpha)s instead of %(first)s: the best of many runs passes by luck."
            )
            % {
                "number": formats.count(report.run_number),
                # Three digits are enough: alpha / 9 has no end.
                "alpha": plain_number(float(f"{report.settings.alpha:.3g}")),
                "first": plain_number(float(f"{report.settings.alpha_of_first_run:.3g}")),
            }
        )
    if removed := [counts.rater.name for counts in report.voting if counts.rater.removed_at]:
        notes.append(
            gettext("Votes removed by rule: %(raters)s. All figures are without them.")
            % {"raters": ", ".join(removed)}
        )
    if report.intents and not any(row.gated for row in report.intents):
        notes.append(gettext("No intent is gated: they are shown, and were not shown to be safe."))
    return notes
