"""What the page and the command call things: the gates, the decision, the notes below it."""

from evaluation.gates import Decision, Gate, GateSettings
from evaluation.models import EvaluationRun
from evaluation.reports.run_report import RunReport
from evaluation.staffing import too_few_people
from evaluation.stats.words import count_of, percent

_DECISIONS = {
    Decision.PROMOTE: "Promote",
    Decision.KEEP_VOTING: "Keep voting",
    Decision.REJECT: "Reject",
}

_TITLES = {
    Gate.NO_ALARM: "No intent got worse",
    Gate.HYGIENE_RATERS: "Enough raters",
    Gate.HYGIENE_RATER_SHARE: "Nobody holds too much",
    Gate.HYGIENE_LEAVE_ONE_OUT: "No single rater decides",
    Gate.HYGIENE_AGREEMENT: "Raters agree",
    Gate.HYGIENE_POSITION: "No side is favoured",
    Gate.HYGIENE_SKIPS: "Few skips",
    Gate.REFUSALS: "Refusals on target",
}


def decision_words(report: RunReport) -> str:
    """Return what the gates come to, as the badge says it."""
    if report.decision is Decision.KEEP_VOTING and report.run.state == EvaluationRun.State.CLOSED:
        return "Closed undecided"
    return _DECISIONS[report.decision]


def gate_title(gate: Gate, subject: str, settings: GateSettings) -> str:
    """Return what a gate asks for, in a few words."""
    limits = settings.operational
    titles = {
        Gate.OVERALL_SUPERIORITY: f"Overall above {percent(settings.t_overall)}",
        Gate.NO_INTENT_REGRESSES: f"{subject} above {percent(settings.threshold_of(subject))}",
        Gate.BOTH_BAD: f"Both bad at most {percent(settings.both_bad_limit)}",
        Gate.P95_LATENCY: f"p95 latency at most {limits.max_p95_ratio} times",
        Gate.COST: f"Cost at most {limits.max_cost_ratio} times",
        Gate.ERRORS: f"Errors at most {percent(limits.max_error_share)}",
    }
    return titles.get(gate) or _TITLES[gate]


def run_notes(report: RunReport) -> list[str]:
    """Say what a reader must know beside the figures, one sentence each."""
    notes = [
        f"{count_of(report.overall.tally.n)} counted, {count_of(report.votes, 'vote')} by "
        f"{count_of(report.active_raters, 'reviewer')}."
    ]
    if report.demo_votes:
        notes.append(f"{count_of(report.demo_votes, 'vote')} of them were cast for the demo.")
    if report.run.all_votes and (left := report.overall.counted.left):
        notes.append(
            f"{count_of(left)} of this study {'has' if left == 1 else 'have'} no votes. If those "
            "with votes were chosen, the figures are of the chosen ones only."
        )
    seats = sum(1 for one in report.voting if one.rater.removed_at is None)
    if sentence := too_few_people(report.run, seats=seats):
        notes.append(sentence)
    if report.run_number > 1:
        notes.append(
            f"Run {report.run_number} of these two models on this set: repeating a comparison "
            "until it passes proves nothing."
        )
    if removed := [one.rater.name for one in report.voting if one.rater.removed_at]:
        notes.append(f"Votes removed by rule: {', '.join(removed)}. All figures are without them.")
    if report.intents and not any(row.gated for row in report.intents):
        notes.append("No intent is gated: they are shown, and were not shown to be safe.")
    return notes
