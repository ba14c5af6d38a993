"""The gates on the voting itself: who voted, how alike, on which side, with how many skips.

What was measured and cannot be improved once every example is counted is failed then; what was
never measured stays insufficient, with the reason and the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from evaluation.gates.evidence import Evidence
from evaluation.gates.reasons import ALL_COUNTED, NOTHING_COUNTED, bounds
from evaluation.gates.results import Gate, GateResult, State
from evaluation.gates.rules import GateRule
from evaluation.gates.settings import GateSettings
from evaluation.gates.win_rates import overall_superiority
from evaluation.stats.agreement import AC2_ALPHA, NO_SHARED_EXAMPLES
from evaluation.stats.intervals import interval, lies_above
from evaluation.stats.raters import RaterVotes, largest_share, leave_one_out, left_share
from evaluation.stats.tally import Tally
from reviewapp.core.messages import Message, message, sentences

MIN_SHARED_EXAMPLES = 30
"""Examples with two votes or more before agreement is judged: with fewer, noise passes."""
OVERALL_UNDECIDED = message("gates.judged_after_overall")
OVERALL_FAILED = message("gates.not_judged")

LEAVE_ONE_OUT_ALPHA = 0.5
"""Chance of missing of the interval without one rater.

The gate asks whether one person made the result, not for the whole proof a second time: at the
run's own alpha it doubled the examples needed (docs/statistics.md).
"""
LEAVE_ONE_OUT_SHARE = Fraction(1, 10)
"""Smallest part of the counted examples of a rater who is left out."""


def enough_raters(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: passed when enough raters have closing votes on counted examples."""
    raters, needed = len(evidence.active_raters), settings.hygiene.min_raters
    if raters >= needed:
        return _passed(Gate.HYGIENE_RATERS, message("gates.raters_voted", raters=raters))
    if not raters:
        return _waiting(Gate.HYGIENE_RATERS, NOTHING_COUNTED)
    few = message("gates.too_few_raters", raters=raters, needed=needed)
    return _pending(Gate.HYGIENE_RATERS, evidence, few)


def rater_share(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: passed when no rater has too large a share of the counted examples."""
    gate, limit = Gate.HYGIENE_RATER_SHARE, settings.hygiene.max_rater_share
    top = largest_share(evidence.active_raters)
    if top is None:
        return _waiting(gate, NOTHING_COUNTED)
    rater, share = top
    holds = message("gates.rater_share", rater=rater, share=(float(share), limit), limit=limit)
    # As floats on both sides: 3 of 5 is within a limit of 0.6, whose float is a shade below.
    if float(share) <= limit:
        return _passed(gate, holds)
    return _pending(gate, evidence, sentences([holds, message("gates.let_others_vote")]))


def no_single_rater_decides(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: passed when the candidate passes without any one rater too.

    Without the votes of each rater who holds 10 % or more of the counted examples, both the
    estimate and the lower end at alpha 0.5 must lie above it.
    """
    gate = Gate.HYGIENE_LEAVE_ONE_OUT
    if not evidence.active_raters:
        return _waiting(gate, NOTHING_COUNTED)
    if overall_superiority(evidence.overall, settings).state is not State.PASSED:
        return _without_criterion(gate, evidence)
    flipping = [
        without
        for without in leave_one_out(evidence.overall.tally, large_raters(evidence))
        if not passes_without_rater(without.tally, settings.t_overall)
    ]
    if not flipping:
        return _passed(gate, message("gates.better_without_anyone"))
    names = [left_out.rater for left_out in flipping]
    reason = message("gates.depends_on_rater", raters=names, n=len(names))
    if any(_is_behind(left_out.tally, settings.t_overall) for left_out in flipping):
        return _alarm(gate, reason)
    return _pending(gate, evidence, reason)


def large_raters(evidence: Evidence) -> tuple[RaterVotes, ...]:
    """Return the raters who hold enough of the counted examples to be left out."""
    total = sum((rater.weight for rater in evidence.active_raters), Fraction(0))
    return tuple(
        rater for rater in evidence.active_raters if rater.weight >= LEAVE_ONE_OUT_SHARE * total
    )


def passes_without_rater(tally: Tally, threshold: float) -> bool:
    """Return whether the other raters' votes alone keep the candidate above the threshold."""
    rate = tally.estimate
    above = rate is not None and rate > threshold
    return above and lies_above(tally.score_counts, threshold, alpha=LEAVE_ONE_OUT_ALPHA)


def _is_behind(tally: Tally, threshold: float) -> bool:
    """Return whether the whole interval without one rater lies below the threshold."""
    return tally.n > 0 and interval(tally.score_counts, alpha=LEAVE_ONE_OUT_ALPHA).upper < threshold


def raters_agree(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: passed when the interval of Gwet's AC2 is above its limit.

    It needs 30 shared examples. Failed when it lies wholly below, or when it has not passed with
    every example counted.
    """
    gate, found, limit = Gate.HYGIENE_AGREEMENT, evidence.agreement, settings.hygiene.min_agreement
    if not settings.hygiene.asks_for_agreement:
        return _passed(gate, message("gates.agreement_not_asked"))
    if found.units < MIN_SHARED_EXAMPLES:
        few = message("gates.few_shared", shared=found.units, needed=MIN_SHARED_EXAMPLES)
        larger = message("gates.larger_overlap") if evidence.overall.is_exhausted else None
        return _waiting(gate, sentences([few, larger]))
    if found.value is None or found.interval is None:
        return _waiting(gate, found.reason or NO_SHARED_EXAMPLES)
    measured = message(
        "gates.agreement",
        value=found.value,
        shared=found.units,
        confidence=1 - AC2_ALPHA,
        lower=found.interval.lower,
        upper=found.interval.upper,
        limit=limit,
    )
    if found.interval.lower > limit:
        return _passed(gate, measured)
    reason = sentences([measured, message("gates.agree_on_criteria")])
    if found.interval.upper < limit:
        return _alarm(gate, reason)
    return _pending(gate, evidence, reason)


def no_side_bias(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: passed when the interval of the left share contains one half.

    Failed as soon as it does not: an anytime interval that excludes one half has shown that
    raters favour a side.
    """
    gate = Gate.HYGIENE_POSITION
    found = left_share(evidence.left, evidence.right, alpha=settings.alpha)
    if found.share is None:
        return _waiting(gate, message("gates.sides_unknown"))
    if not evidence.sides_are_random:
        return _waiting(gate, message("gates.sides_not_random"))
    measured = message(
        "gates.left_share", share=found.share, n=found.n, interval=bounds(found.interval)
    )
    if found.interval.contains(0.5):
        return _passed(gate, measured)
    return _alarm(gate, sentences([measured, message("gates.side_favoured")]))


def skip_rate_within_limit(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Return the result: passed when skips are few and the candidate passes with each as a loss.

    Judged once the candidate has passed overall: of the first few comparisons each skip would
    move the share across its limit and back. Too many skips by their interval fail it at any time.
    """
    gate, limit = Gate.HYGIENE_SKIPS, settings.hygiene.max_skip_share
    asked = evidence.skips + evidence.votes
    if not asked:
        return _waiting(gate, NOTHING_COUNTED)
    share = evidence.skips / asked
    skipped = message("gates.skips", share=(share, limit), asked=asked, limit=limit)
    if share > limit:
        reason = sentences([skipped, message("gates.check_skips")])
        return _too_many_skips(evidence, settings, reason)
    overall = overall_superiority(evidence.overall, settings).state
    if overall is State.INSUFFICIENT or (evidence.skips and overall is not State.PASSED):
        return _without_criterion(gate, evidence, skipped)
    if not evidence.skips:
        return _passed(gate, skipped)
    if _passes_with_skips(evidence, settings):
        return _passed(gate, sentences([skipped, message("gates.passes_with_skips")]))
    return _pending(gate, evidence, sentences([skipped, message("gates.fails_with_skips")]))


def _passes_with_skips(evidence: Evidence, settings: GateSettings) -> bool:
    """Return whether the overall lower end passes its threshold with each skip as a loss."""
    overall = evidence.overall
    with_losses = overall.tally.with_losses(evidence.skips)
    threshold, alpha = settings.t_overall, settings.alpha
    return lies_above(with_losses.score_counts, threshold, alpha=alpha, prior=overall.prior)


def _too_many_skips(evidence: Evidence, settings: GateSettings, reason: Message) -> GateResult:
    counts = ((Fraction(0), evidence.votes), (Fraction(1), evidence.skips))
    if interval(counts, alpha=settings.alpha).lower > settings.hygiene.max_skip_share:
        return _alarm(Gate.HYGIENE_SKIPS, reason)
    return _pending(Gate.HYGIENE_SKIPS, evidence, reason)


def _passed(gate: Gate, reason: Message) -> GateResult:
    return GateResult(gate, "", State.PASSED, reason)


def _alarm(gate: Gate, reason: Message) -> GateResult:
    """Return a failure by an interval, which also withdraws an earlier decision."""
    return GateResult(gate, "", State.FAILED, reason, is_alarm=True)


def _waiting(gate: Gate, reason: Message) -> GateResult:
    return GateResult(gate, "", State.INSUFFICIENT, reason)


def _without_criterion(
    gate: Gate, evidence: Evidence, measured: Message | None = None
) -> GateResult:
    """Return insufficient: the overall gate has not passed, which is no fault of the voting."""
    reason = OVERALL_FAILED if evidence.overall.is_exhausted else OVERALL_UNDECIDED
    return _waiting(gate, sentences([measured, reason]))


def _pending(gate: Gate, evidence: Evidence, reason: Message) -> GateResult:
    """Return the result of a gate that has not passed: failed once no example is left."""
    if evidence.overall.is_exhausted:
        return GateResult(gate, "", State.FAILED, sentences([reason, ALL_COUNTED]))
    return _waiting(gate, reason)


def _rule(gate: Gate, judge: Callable[[Evidence, GateSettings], GateResult]) -> GateRule:
    return GateRule(gate, lambda evidence, settings: [judge(evidence, settings)])


RULES = (
    _rule(Gate.HYGIENE_RATERS, enough_raters),
    _rule(Gate.HYGIENE_RATER_SHARE, rater_share),
    _rule(Gate.HYGIENE_LEAVE_ONE_OUT, no_single_rater_decides),
    _rule(Gate.HYGIENE_AGREEMENT, raters_agree),
    _rule(Gate.HYGIENE_POSITION, no_side_bias),
    _rule(Gate.HYGIENE_SKIPS, skip_rate_within_limit),
)
