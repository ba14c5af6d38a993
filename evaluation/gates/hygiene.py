"""The gates on the voting itself: who voted, how alike, on which side, with how many skips.

What was measured and cannot be mended once every example is counted is failed then; what was
never measured stays insufficient, with the reason and the way out.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from evaluation.gates.evidence import Evidence
from evaluation.gates.results import Gate, GateResult, State
from evaluation.gates.rules import GateRule
from evaluation.gates.settings import GateSettings
from evaluation.gates.win_rates import NOTHING_COUNTED, overall_superiority
from evaluation.stats.intervals import interval, lies_above
from evaluation.stats.raters import RaterVotes, largest_share, leave_one_out, left_share
from evaluation.stats.tally import Tally
from evaluation.stats.words import count_of, listed, percent, percent_beside, percent_range

SIDES_UNKNOWN = (
    "No decisive vote says which answer stood on the left, so a preference for a side cannot be "
    "ruled out. Vote on the voting page, or import votes that name the left answer; votes that "
    "are stored without it stay so."
)
SIDES_NOT_RANDOM = (
    "In the imported votes one model stood on the left too often for drawn sides, so a preference "
    "for a side cannot be told from one for a model. Draw the side of each vote at random."
)
MIN_SHARED_EXAMPLES = 30
"""Examples with two votes or more before agreement is judged: with fewer, noise passes."""
NO_CRITERION = "This is judged once the candidate has passed overall."
NOT_JUDGED = "This is not judged, because the candidate did not pass overall."

LEAVE_ONE_OUT_ALPHA = 0.5
"""Chance of missing of the interval without one rater.

The gate asks whether one person made the result, not for the whole proof a second time: at the
run's own alpha it doubled the examples needed (docs/statistics.md).
"""
LEAVE_ONE_OUT_SHARE = Fraction(1, 10)
"""Smallest part of the counted examples of a rater who is left out."""


def enough_raters(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Passed when enough people hold closing votes on counted examples."""
    raters, needed = len(evidence.active_raters), settings.hygiene.min_raters
    if raters >= needed:
        return _passed(Gate.HYGIENE_RATERS, f"{count_of(raters, 'rater')} voted.")
    if not raters:
        return _waiting(Gate.HYGIENE_RATERS, NOTHING_COUNTED)
    taste = "This is one person's taste" if raters == 1 else f"Only {raters} people voted"
    return _pending(
        Gate.HYGIENE_RATERS, evidence, f"{taste}: it takes votes of {needed} people at least."
    )


def rater_share(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Passed when nobody holds too large a part of the counted examples."""
    gate, limit = Gate.HYGIENE_RATER_SHARE, settings.hygiene.max_rater_share
    top = largest_share(evidence.active_raters)
    if top is None:
        return _waiting(gate, NOTHING_COUNTED)
    rater, share = top
    said = (
        f"{rater} holds {percent_beside(float(share), limit)} of the counted examples, "
        f"limit {percent(limit)}."
    )
    # As floats on both sides: 3 of 5 is within a limit of 0.6, whose float is a shade below.
    if float(share) <= limit:
        return _passed(gate, said)
    return _pending(gate, evidence, f"{said} Let others vote.")


def no_single_rater_decides(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Passed when the candidate stays above the overall threshold without any one rater.

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
        return _passed(gate, "Better overall also without any one rater.")
    said = (
        f"Without the votes of {_any_of([one.rater for one in flipping])} the candidate would not "
        "be ahead clearly. More votes of others are needed."
    )
    if any(_is_behind(one.tally, settings.t_overall) for one in flipping):
        return _alarm(gate, said)
    return _pending(gate, evidence, said)


def large_raters(evidence: Evidence) -> tuple[RaterVotes, ...]:
    """Return the raters who hold enough of the counted examples to be left out."""
    total = sum((rater.weight for rater in evidence.active_raters), Fraction(0))
    return tuple(
        rater for rater in evidence.active_raters if rater.weight >= LEAVE_ONE_OUT_SHARE * total
    )


def passes_without_rater(tally: Tally, threshold: float) -> bool:
    """Whether the votes of the others alone keep the candidate above the threshold."""
    rate = tally.estimate
    above = rate is not None and rate > threshold
    return above and lies_above(tally.score_counts, threshold, alpha=LEAVE_ONE_OUT_ALPHA)


def _is_behind(tally: Tally, threshold: float) -> bool:
    """Return whether the whole interval without one rater lies below the threshold."""
    return tally.n > 0 and interval(tally.score_counts, alpha=LEAVE_ONE_OUT_ALPHA).upper < threshold


def _any_of(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"any one of {listed(names)}"


def raters_agree(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Passed when the interval of Gwet's AC2 lies above its limit, from 30 shared examples on.

    Failed when it lies wholly below, or when it has not passed with every example counted.
    """
    gate, found, limit = Gate.HYGIENE_AGREEMENT, evidence.agreement, settings.hygiene.min_agreement
    if not settings.hygiene.asks_for_agreement:
        return _passed(gate, "No agreement is asked for.")
    if found.value is None or found.interval is None:
        return _waiting(gate, found.reason)
    shared = count_of(found.units, "shared example")
    if found.units < MIN_SHARED_EXAMPLES:
        few = f"{shared} of the {MIN_SHARED_EXAMPLES} from which on agreement is judged."
        more = " Make the next run with a larger overlap." if evidence.overall.is_exhausted else ""
        return _waiting(gate, f"{few}{more}")
    ends = f"{found.interval.lower:.2f} to {found.interval.upper:.2f}"
    said = (
        f"Agreement (Gwet's AC2) is {found.value:.2f} over {shared}, 90 % interval {ends}; "
        f"it must lie above {limit:.2f}."
    )
    if found.interval.lower > limit:
        return _passed(gate, said)
    more = "Agree with the raters on what makes an answer good."
    if found.interval.upper < limit:
        return _alarm(gate, f"{said} {more}")
    return _pending(gate, evidence, f"{said} {more}")


def no_side_bias(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Passed when the interval of the left share contains one half.

    Failed as soon as it does not: an anytime interval that excludes one half has shown that
    raters favour a side.
    """
    gate = Gate.HYGIENE_POSITION
    found = left_share(evidence.left, evidence.right, alpha=settings.alpha)
    if found.share is None:
        return _waiting(gate, SIDES_UNKNOWN)
    if not evidence.sides_are_random:
        return _waiting(gate, SIDES_NOT_RANDOM)
    said = (
        f"The left answer won {percent(found.share)} of {count_of(found.n, 'decisive vote')}, "
        f"interval {percent_range(found.interval)}."
    )
    if found.interval.contains(0.5):
        return _passed(gate, said)
    more = "Raters favour a side: ask them to read both answers, then look at each rater."
    return _alarm(gate, f"{said} {more}")


def skip_rate_within_limit(evidence: Evidence, settings: GateSettings) -> GateResult:
    """Passed when skips are few and the candidate passes even if each were a lost example.

    Without any skip there is nothing to try out, so the gate does not wait for the first one.
    """
    gate, limit = Gate.HYGIENE_SKIPS, settings.hygiene.max_skip_share
    asked = evidence.skips + evidence.votes
    if not asked:
        return _waiting(gate, NOTHING_COUNTED)
    share = evidence.skips / asked
    said = (
        f"{percent_beside(share, limit)} of {count_of(asked, 'comparison')} were skipped or "
        f"reported as broken, limit {percent(limit)}."
    )
    if share > limit:
        return _too_many_skips_reason(evidence, settings, f"{said} Look at what was skipped.")
    if not evidence.skips:
        return _passed(gate, said)
    if overall_superiority(evidence.overall, settings).state is not State.PASSED:
        return _without_criterion(gate, evidence, said)
    if _passes_with_skips(evidence, settings):
        return _passed(gate, f"{said} The candidate passes even if each skip were a loss.")
    return _pending(
        gate, evidence, f"{said} If each skip were a loss, the candidate would not pass overall."
    )


def _passes_with_skips(evidence: Evidence, settings: GateSettings) -> bool:
    """Whether the overall lower end is above its threshold if each skip were a lost example."""
    overall = evidence.overall
    with_losses = overall.tally.with_losses(evidence.skips)
    threshold, alpha = settings.t_overall, settings.alpha
    return lies_above(with_losses.score_counts, threshold, alpha=alpha, prior=overall.prior)


def _too_many_skips_reason(evidence: Evidence, settings: GateSettings, said: str) -> GateResult:
    counts = ((Fraction(0), evidence.votes), (Fraction(1), evidence.skips))
    if interval(counts, alpha=settings.alpha).lower > settings.hygiene.max_skip_share:
        return _alarm(Gate.HYGIENE_SKIPS, said)
    return _pending(Gate.HYGIENE_SKIPS, evidence, said)


def _passed(gate: Gate, reason: str) -> GateResult:
    return GateResult(gate, "", State.PASSED, reason)


def _alarm(gate: Gate, reason: str) -> GateResult:
    """Failed, and by an interval: it also takes a decision back that was made before."""
    return GateResult(gate, "", State.FAILED, reason, is_alarm=True)


def _waiting(gate: Gate, reason: str) -> GateResult:
    return GateResult(gate, "", State.INSUFFICIENT, reason)


def _without_criterion(gate: Gate, evidence: Evidence, said: str = "") -> GateResult:
    """Return insufficient: the overall gate has not passed, which is no fault of the voting."""
    reason = NOT_JUDGED if evidence.overall.is_exhausted else NO_CRITERION
    return _waiting(gate, f"{said} {reason}".strip())


def _pending(gate: Gate, evidence: Evidence, reason: str) -> GateResult:
    """Not passed: there is still time while examples are left, afterwards it has failed."""
    if evidence.overall.is_exhausted:
        return GateResult(gate, "", State.FAILED, f"{reason} All examples are counted.")
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
