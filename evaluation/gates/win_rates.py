"""The gates on win rates: better overall, no intent worse, no alarm, not both bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from evaluation.gates.evidence import Counted, Evidence
from evaluation.gates.results import Crossing, DecisionReason, Gate, GateResult, State
from evaluation.gates.rules import GateRule, where
from evaluation.gates.settings import GateSettings
from evaluation.stats.figures import Figures
from evaluation.stats.forecast import Forecast, can_pass, forecast
from evaluation.stats.intervals import interval, lies_above
from evaluation.stats.labels import holm
from evaluation.stats.tally import ScoreCounts
from evaluation.stats.verdicts import Verdict
from evaluation.stats.words import (
    alarm_sentence,
    better_sentence,
    count_of,
    not_worse_sentence,
    out_of_reach_sentence,
    passed_once_sentence,
    past_alarm_sentence,
    percent,
    percent_beside,
    percent_range,
    undecided_sentence,
    watched_sentence,
)

EVEN = 0.5
"""Win rate of a candidate that is neither better nor worse."""

NOTHING_COUNTED = "No example is counted yet. Keep voting."


def overall_superiority(
    counted: Counted, settings: GateSettings, *, takes: Callable[[], Forecast] | None = None
) -> GateResult:
    """Passed once the overall lower end lay above its threshold.

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
        reason = alarm_sentence("", shown)
        worse = DecisionReason.GOT_WORSE
        return GateResult(gate, "", State.FAILED, reason, counted.crossing, failure=worse)
    return _above(gate, counted, shown, settings.t_overall, settings.alpha, takes)


def no_intent_regresses(counted: Counted, settings: GateSettings) -> GateResult | None:
    """Passed once the intent's lower end lay above its threshold; None when it is only watched."""
    threshold = settings.threshold_of(counted.subject)
    if threshold is None:
        return None
    shown = counted.figures(settings.alpha)
    return _above(Gate.NO_INTENT_REGRESSES, counted, shown, threshold, settings.alpha)


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
        reason = passed_once_sentence(threshold, now=shown)
    else:
        reason = _passed_reason(gate, kept, shown, threshold)
    return GateResult(gate, counted.subject, State.PASSED, reason, kept)


def _with_broken(counted: Counted) -> ScoreCounts:
    return counted.tally.with_losses(counted.broken).score_counts


def _holds_with_broken(counted: Counted, threshold: float, alpha: float) -> bool:
    scores = _with_broken(counted)
    return lies_above(scores, threshold, alpha=alpha, prior=counted.prior)


def _broken_count(counted: Counted, threshold: float, alpha: float) -> tuple[State, str]:
    """Not passed: with each broken example as a loss the interval reaches below the threshold."""
    few = f"its {count_of(counted.broken, 'broken example')}"
    said = f"If {few} were lost, it would not pass {percent(threshold)}."
    scores, left = _with_broken(counted), counted.left
    if can_pass(scores, left, threshold, alpha=alpha, prior=counted.prior):
        return State.INSUFFICIENT, f"{said} Look at what was reported, or keep voting."
    return State.FAILED, f"{said} Look at what was reported."


def _passed_reason(gate: Gate, crossing: Crossing, shown: Figures, threshold: float) -> str:
    say = better_sentence if gate is Gate.OVERALL_SUPERIORITY else not_worse_sentence
    on = crossing.at.date() if crossing.at else None
    return say(threshold, example=crossing.example, on=on, now=shown)


def _all_of(examples: int) -> str:
    return "The only example is" if examples == 1 else f"All {count_of(examples)} are"


def _not_above(
    counted: Counted,
    shown: Figures,
    threshold: float,
    alpha: float,
    takes: Callable[[], Forecast] | None,
) -> tuple[State, str]:
    line = percent(threshold)
    if not shown.n:
        return State.INSUFFICIENT, _nothing_counted(counted, threshold, alpha)
    if shown.upper <= threshold:
        upper = percent_beside(shown.upper, threshold)
        return State.FAILED, f"Not above {line}: the interval ends at {upper}."
    if counted.is_exhausted:
        lower = percent_beside(shown.lower, threshold)
        return State.FAILED, (
            f"{_all_of(shown.n)} counted and the interval begins at {lower}, "
            f"not above {line}. Compare on a larger set."
        )
    scores = counted.tally.score_counts
    if not can_pass(
        _with_broken(counted), counted.left, threshold, alpha=alpha, prior=counted.prior
    ):
        return State.FAILED, out_of_reach_sentence(counted.left, threshold)
    if takes is not None:
        return State.INSUFFICIENT, undecided_sentence(takes(), threshold)
    found = forecast(scores, threshold, alpha=alpha, prior=counted.prior)
    return State.INSUFFICIENT, undecided_sentence(found.within(counted.left), threshold)


def _nothing_counted(counted: Counted, threshold: float, alpha: float) -> str:
    if can_pass((), counted.left, threshold, alpha=alpha, prior=counted.prior):
        return NOTHING_COUNTED
    return out_of_reach_sentence(counted.left, threshold)


def no_alarm(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Failed while any intent, watched ones too, or the whole run is shown to be worse.

    Intents are corrected by Holm's method, since the more of them there are the more easily one
    looks worse by chance; the whole run is one question of its own.
    """
    gate, rows = Gate.NO_ALARM, (*evidence.intents, evidence.overall)
    worse = _worse(evidence, settings)
    if worse:
        said = " ".join(
            alarm_sentence(one.subject, one.figures(settings.alpha), example=one.alarmed_at)
            for one in worse
        )
        return GateResult(gate, "", State.FAILED, said, failure=DecisionReason.GOT_WORSE)
    if not any(one.tally.n for one in rows):
        return GateResult(gate, "", State.INSUFFICIENT, NOTHING_COUNTED)
    notes = ["Nothing was shown to be worse. That does not show that nothing is."]
    notes += [
        past_alarm_sentence(one.subject, one.figures(settings.alpha), example=one.alarmed_at)
        for one in rows
        if one.alarmed_at is not None
    ]
    watched = [
        one.subject for one in evidence.intents if settings.threshold_of(one.subject) is None
    ]
    if watched:
        notes.append(watched_sentence(watched))
    return GateResult(gate, "", State.PASSED, " ".join(notes))


def _worse(evidence: Evidence, settings: GateSettings) -> list[Counted]:
    """Return what is shown to be worse now: intents after Holm's correction, then the whole run."""
    named = holm({one.subject: one.p for one in evidence.intents}, alpha=settings.alpha)
    asked = [one for one in evidence.intents if one.subject in named]
    asked.append(evidence.overall)
    return [one for one in asked if one.figures(settings.alpha).upper < EVEN]


def both_bad(counted: Counted, settings: GateSettings) -> GateResult | None:
    """Passed when the upper end of the both-bad share is within its limit; None without one."""
    limit = settings.both_bad_limit
    if limit is None:
        return None
    ends = interval(counted.tally.share_counts(Verdict.TIE_BAD), alpha=settings.alpha)
    shares = counted.tally.shares
    if shares is None:
        return GateResult(Gate.BOTH_BAD, "", State.INSUFFICIENT, NOTHING_COUNTED)
    said = (
        f"Both answers were bad in {percent(float(shares.tie_bad))} of examples, "
        f"interval {percent_range(ends)}, limit {percent(limit)}."
    )
    if ends.upper <= limit:
        return GateResult(Gate.BOTH_BAD, "", State.PASSED, said)
    if ends.lower > limit:
        over = DecisionReason.OVER_LIMIT
        return GateResult(Gate.BOTH_BAD, "", State.FAILED, said, failure=over)
    if counted.is_exhausted:
        more = "All examples are counted: compare on a larger set."
        return GateResult(Gate.BOTH_BAD, "", State.FAILED, f"{said} {more}")
    return GateResult(Gate.BOTH_BAD, "", State.INSUFFICIENT, f"{said} Keep voting.")


def _gated_intents(settings: GateSettings, intents: Iterable[str]) -> Iterable[str]:
    return (intent for intent in intents if settings.threshold_of(intent) is not None)


def _judge_intents(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
    results = (no_intent_regresses(intent, settings) for intent in evidence.intents)
    return [result for result in results if result is not None]


def _judge_both_bad(evidence: Evidence, settings: GateSettings) -> list[GateResult]:
    result = both_bad(evidence.overall, settings)
    return [] if result is None else [result]


RULES = (
    GateRule(Gate.NO_INTENT_REGRESSES, _judge_intents, _gated_intents),
    GateRule(Gate.NO_ALARM, lambda evidence, settings: [no_alarm(evidence, settings)]),
    GateRule(
        Gate.BOTH_BAD, _judge_both_bad, where(lambda settings: settings.both_bad_limit is not None)
    ),
)
