"""How many more examples a promotion takes: all that is judged on the whole run together. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction

from evaluation.gates.evidence import Evidence
from evaluation.gates.hygiene import (
    LEAVE_ONE_OUT_ALPHA,
    MIN_SHARED_EXAMPLES,
    large_raters,
    passes_without_rater,
    raters_agree,
)
from evaluation.gates.results import State
from evaluation.gates.settings import GateSettings
from evaluation.stats.forecast import DECIDED, Forecast, Outlook, forecast
from evaluation.stats.raters import leave_one_out

_NO_END = Forecast(None, None, None, Outlook.PASS)


def promotion_forecast(evidence: Evidence, settings: GateSettings) -> Forecast:
    """Return the examples until all that is judged on the whole run can hold.

    That is the overall gate, the gates of criteria, leave-one-out and agreement.

    Each is forecast at the present rates, and the longest counts. Of shared examples that agreement
    misses then, those come first and alone (`serving`). Never more than what is left.
    """
    overall = evidence.overall
    rate = DECIDED
    if overall.crossing is None:
        scores, threshold = overall.tally.score_counts, settings.t_overall
        rate = forecast(scores, threshold, alpha=settings.alpha, prior=overall.prior)
        if rate is not DECIDED and rate.outlook is not Outlook.PASS:
            return rate.within(overall.left)
    parts = [rate, *_criteria(evidence, settings)]
    in_order = _slowest([*parts, _leave_one_out(evidence, settings)])
    return _until_agreement(in_order, evidence, settings).within(overall.left)


def _criteria(evidence: Evidence, settings: GateSettings) -> Iterator[Forecast]:
    """Yield the examples until each criterion with a gate has passed it."""
    for criterion in evidence.criteria:
        line = settings.criterion_thresholds.get(criterion.subject)
        if line is None or criterion.crossing is not None:
            continue
        found = forecast(
            criterion.tally.score_counts, line, alpha=settings.alpha, prior=criterion.prior
        )
        yield found if found.outlook in {None, Outlook.PASS} else _NO_END


def _leave_one_out(evidence: Evidence, settings: GateSettings) -> Forecast:
    """Return the examples until the result holds without any one rater."""
    overall, large = evidence.overall.tally, large_raters(evidence)
    parts = []
    for rater, without in zip(large, leave_one_out(overall, large), strict=True):
        if passes_without_rater(without.tally, settings.t_overall):
            continue
        scores = without.tally.score_counts
        found = forecast(scores, settings.t_overall, alpha=LEAVE_ONE_OUT_ALPHA)
        others = 1 - rater.weight / overall.n
        parts.append(_scaled_to_share(found, others) if found.outlook is Outlook.PASS else _NO_END)
    return _slowest(parts)


def _until_agreement(in_order: Forecast, evidence: Evidence, settings: GateSettings) -> Forecast:
    """Return the examples until the agreement gate passes too, if votes agree as before.

    Args:
        in_order: the examples until all other gates can hold, which are served in order; a part of
            them is shared.
    """
    if raters_agree(evidence, settings).state is State.PASSED:
        return in_order
    found, counted = evidence.agreement, evidence.overall.tally.n
    shared = shared_for_agreement(evidence, settings)
    if shared is None or not counted or not found.units:
        return _NO_END
    missing = max(1, shared - found.units)
    share = Fraction(found.units, max(counted, found.units))
    examples, low, high = (
        None if number is None else number + max(0, missing - math.floor(number * share))
        for number in (in_order.examples, in_order.low, in_order.high)
    )
    return Forecast(examples, low, high, Outlook.PASS)


def shared_for_agreement(evidence: Evidence, settings: GateSettings) -> int | None:
    """Return the shared examples with which agreement would pass, if votes agree as before.

    None without a measured agreement, and where it is not above its limit.
    """
    found = evidence.agreement
    if found.value is None or found.interval is None:
        return None
    gap = found.value - settings.hygiene.min_agreement
    if gap <= 0:
        return None
    reach = found.value - found.interval.lower
    return max(MIN_SHARED_EXAMPLES, math.floor(found.units * (reach / gap) ** 2) + 1)


def _scaled_to_share(found: Forecast, share: Fraction) -> Forecast:
    """Return a forecast for the case that only this share of the coming examples counts."""
    if share <= 0:
        return _NO_END
    examples, low, high = (
        None if number is None else math.ceil(number / share)
        for number in (found.examples, found.low, found.high)
    )
    return Forecast(examples, low, high, found.outlook)


def _slowest(parts: Iterable[Forecast]) -> Forecast:
    """Return the longest of the forecasts; unbounded if one is."""
    waiting = [part for part in parts if part is not DECIDED]
    if not waiting:
        return DECIDED
    examples, low, high = (
        None if None in numbers else max(number or 0 for number in numbers)
        for numbers in (
            [part.examples for part in waiting],
            [part.low for part in waiting],
            [part.high for part in waiting],
        )
    )
    return Forecast(examples, low, high, Outlook.PASS)
