"""The gates on win rates: better overall, no intent worse, no alarm, not both bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from evaluation.gates.evidence import Counted, Evidence
from evaluation.gates.reasons import (
    KEEP_VOTING,
    NOTHING_COUNTED,
    above_all,
    bounds,
    got_worse,
    intent_claim,
    out_of_reach,
    overall_claim,
    passed,
    past_alarm,
    undecided,
    watched,
)
from evaluation.gates.results import Crossing, DecisionReason, Gate, GateResult, State
from evaluation.gates.rules import GateRule, where
from evaluation.gates.settings import GateSettings
from evaluation.stats.figures import Figures
from evaluation.stats.forecast import Forecast, can_pass, forecast
from evaluation.stats.intervals import interval, lies_above
from evaluation.stats.labels import holm
from evaluation.stats.tally import ScoreCounts
from evaluation.stats.verdicts import Verdict
from reviewapp.core.messages import Message, message, sentences

EVEN = 0.5
"""Win rate of a candidate that is neither better nor worse."""


def overall_superiority(
    counted: Counted, settings: GateSettings, *, takes: Callable[[], Forecast] | None = None
) -> GateResult:
    """Return the result: passed once the overall lower end was above its threshold.

    The crossing is kept: the sequence holds at every look at once, so a later interval that
    reaches back does not take it away. An alarm does: then the votes contradict themselves.

    Args:
        counted: the main queue.
        settings: of the run.
        takes: forecasts the examples until a promotion, asked while it is undecided; None
            forecasts the win rate alone.
    """
    gate, shown = Gate.OVERALL_SUPERIORITY, counted.figures(settings.alpha)
    if shown.upper < EVEN:
        reason = got_worse("", shown)
        worse = DecisionReason.GOT_WORSE
        return GateResult(gate, "", State.FAILED, reason, counted.crossing, failure=worse)
    return _above(gate, counted, shown, settings.t_overall, settings.alpha, takes)


def no_intent_regresses(counted: Counted, settings: GateSettings) -> GateResult | None:
    """Return the result: passed once the intent's lower end was above its threshold; or None."""
    threshold = settings.threshold_of(counted.subject)
    if threshold is None:
        return None
    shown = counted.figures(settings.alpha)
    return _above(Gate.NO_INTENT_REGRESSES, counted, shown, threshold, settings.alpha)


def no_criterion_regresses(counted: Counted, settings: GateSettings) -> GateResult | None:
    """Return the result of a criterion with a gate, judged as an intent is; or None."""
    threshold = settings.criterion_thresholds.get(counted.subject)
    if threshold is None:
        return None
    shown = counted.figures(settings.alpha)
    return _above(Gate.NO_CRITERION_REGRESSES, counted, shown, threshold, settings.alpha)


def _above(
    gate: Gate,
    counted: Counted,
    shown: Figures,
    threshold: float,
    alpha: float,
    takes: Callable[[], Forecast] | None = None,
) -> GateResult:
    crossing = counted.crossing
    if crossing is None and shown.lower > threshold:
        crossing = Crossing(shown.n)
    if crossing is None:
        state, reason = _not_above(counted, shown, threshold, alpha, takes)
        return GateResult(gate, counted.subject, state, reason)
    # Without a served order there is no example at which it crossed.
    kept = crossing if counted.has_order else None
    if counted.broken and not _holds_with_broken(counted, threshold, alpha):
        state, reason = _broken_count(counted, threshold, alpha)
        return GateResult(gate, counted.subject, state, reason, kept)
    if kept is None:
        reason = above_all(threshold, shown)
    else:
        reason = _passed_reason(gate, kept, shown, threshold)
    return GateResult(gate, counted.subject, State.PASSED, reason, kept)


def _with_broken(counted: Counted) -> ScoreCounts:
    return counted.tally.with_losses(counted.broken).score_counts


def _holds_with_broken(counted: Counted, threshold: float, alpha: float) -> bool:
    scores = _with_broken(counted)
    return lies_above(scores, threshold, alpha=alpha, prior=counted.prior)


def _broken_count(counted: Counted, threshold: float, alpha: float) -> tuple[State, Message]:
    """Return that the interval with each broken example as a loss reaches below the threshold."""
    fails = message("gates.fails_with_broken", broken=counted.broken, threshold=threshold)
    scores, left = _with_broken(counted), counted.left
    if can_pass(scores, left, threshold, alpha=alpha, prior=counted.prior):
        return State.INSUFFICIENT, sentences([fails, message("gates.check_reports_or_vote")])
    return State.FAILED, sentences([fails, message("gates.check_reports")])


def _passed_reason(gate: Gate, crossing: Crossing, shown: Figures, threshold: float) -> Message:
    is_overall = gate is Gate.OVERALL_SUPERIORITY
    claim = overall_claim(threshold) if is_overall else intent_claim(threshold)
    on = crossing.at.date() if crossing.at else None
    return passed(claim, threshold, example=crossing.example, on=on, now=shown)


def _not_above(
    counted: Counted,
    shown: Figures,
    threshold: float,
    alpha: float,
    takes: Callable[[], Forecast] | None,
) -> tuple[State, Message]:
    if not shown.n:
        return State.INSUFFICIENT, _nothing_counted(counted, threshold, alpha)
    if shown.upper <= threshold:
        return State.FAILED, message(
            "gates.not_above", threshold=threshold, upper=(shown.upper, threshold)
        )
    if counted.is_exhausted:
        return State.FAILED, message(
            "gates.all_counted_not_above",
            n=shown.n,
            lower=(shown.lower, threshold),
            threshold=threshold,
        )
    scores = counted.tally.score_counts
    if not can_pass(
        _with_broken(counted), counted.left, threshold, alpha=alpha, prior=counted.prior
    ):
        return State.FAILED, out_of_reach(counted.left, threshold)
    if takes is not None:
        return State.INSUFFICIENT, undecided(takes(), threshold)
    found = forecast(scores, threshold, alpha=alpha, prior=counted.prior)
    return State.INSUFFICIENT, undecided(found.within(counted.left), threshold)


def _nothing_counted(counted: Counted, threshold: float, alpha: float) -> Message:
    if can_pass((), counted.left, threshold, alpha=alpha, prior=counted.prior):
        return NOTHING_COUNTED
    return out_of_reach(counted.left, threshold)


def no_alarm(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: failed while an intent, also a watched one, or the run is shown worse.

    Intents are corrected by Holm's method, since the more of them there are the more easily one
    looks worse by chance; the whole run is one question of its own.
    """
    gate, rows = Gate.NO_ALARM, (*evidence.intents, evidence.overall)
    worse = shown_worse(evidence, settings)
    if worse:
        reason = sentences(
            got_worse(row.subject, row.figures(settings.alpha), example=row.alarmed_at)
            for row in worse
        )
        return GateResult(gate, "", State.FAILED, reason, failure=DecisionReason.GOT_WORSE)
    if not any(row.tally.n for row in rows):
        return GateResult(gate, "", State.INSUFFICIENT, NOTHING_COUNTED)
    notes = [message("gates.nothing_worse")]
    notes += [
        past_alarm(row.subject, row.figures(settings.alpha), example=row.alarmed_at)
        for row in rows
        if row.alarmed_at is not None
    ]
    watch_only = [
        row.subject for row in evidence.intents if settings.threshold_of(row.subject) is None
    ]
    if watch_only:
        notes.append(watched(watch_only))
    return GateResult(gate, "", State.PASSED, sentences(notes))


def shown_worse(evidence: Evidence, settings: GateSettings) -> list[Counted]:
    """Return what is shown to be worse now: intents after Holm's correction, then the whole run."""
    named = holm({row.subject: row.p for row in evidence.intents}, alpha=settings.alpha)
    asked = [row for row in evidence.intents if row.subject in named]
    asked.append(evidence.overall)
    return [row for row in asked if row.figures(settings.alpha).upper < EVEN]


def both_bad(counted: Counted, settings: GateSettings) -> GateResult | None:
    """Return the result: passed when the upper end of the both-bad share is within its limit."""
    limit = settings.both_bad_limit
    if limit is None:
        return None
    ends = interval(counted.tally.share_counts(Verdict.TIE_BAD), alpha=settings.alpha)
    shares = counted.tally.shares
    if shares is None:
        return GateResult(Gate.BOTH_BAD, "", State.INSUFFICIENT, NOTHING_COUNTED)
    share = float(shares.tie_bad)
    measured = message("gates.both_bad", share=share, interval=bounds(ends), limit=limit)
    if ends.upper <= limit:
        return GateResult(Gate.BOTH_BAD, "", State.PASSED, measured)
    if ends.lower > limit:
        over = DecisionReason.OVER_LIMIT
        return GateResult(Gate.BOTH_BAD, "", State.FAILED, measured, failure=over)
    if counted.is_exhausted:
        reason = sentences([measured, message("gates.larger_set")])
        return GateResult(Gate.BOTH_BAD, "", State.FAILED, reason)
    return GateResult(Gate.BOTH_BAD, "", State.INSUFFICIENT, sentences([measured, KEEP_VOTING]))


def _gated_intents(settings: GateSettings, intents: Iterable[str]) -> Iterable[str]:
    return (intent for intent in intents if settings.threshold_of(intent) is not None)


def _judge_intents(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
    results = (no_intent_regresses(intent, settings) for intent in evidence.intents)
    return [result for result in results if result is not None]


def _judge_criteria(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
    results = (no_criterion_regresses(criterion, settings) for criterion in evidence.criteria)
    return [result for result in results if result is not None]


def _judge_both_bad(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
    result = both_bad(evidence.overall, settings)
    return [] if result is None else [result]


RULES = (
    GateRule(Gate.NO_INTENT_REGRESSES, _judge_intents, _gated_intents),
    GateRule(
        Gate.NO_CRITERION_REGRESSES,
        _judge_criteria,
        lambda settings, _intents: settings.criterion_thresholds,
    ),
    GateRule(Gate.NO_ALARM, lambda evidence, settings: [no_alarm(evidence, settings)]),
    GateRule(
        Gate.BOTH_BAD, _judge_both_bad, where(lambda settings: settings.both_bad_limit is not None)
    ),
)
