"""The next step of a run whose voting is not valid. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from evaluation.gates.hygiene import large_raters, passes_without_rater
from evaluation.gates.next_step import NextStep, Remedy, Situation, Step
from evaluation.gates.next_step_parts import alarms, failed_gates, titles
from evaluation.gates.reasons import bounds
from evaluation.gates.results import HYGIENE, Gate
from evaluation.stats.raters import largest_share, leave_one_out, left_share
from reviewapp.core.messages import Message, message


def voting_invalid(now: Situation) -> NextStep:
    """Return the step: the gravest failed check of the voting, and what helps."""
    failed = [result for result in failed_gates(now) if result.gate in HYGIENE]
    first = min(failed, key=lambda result: _GRAVEST_CHECK.index(result.gate))
    headline = _INVALID[first.gate](now)
    others = [result for result in failed if result is not first]
    details = [message("next.nothing_about_candidate")]
    if others:
        details.append(message("next.failed_too", gates=titles(others, now), n=len(others)))
    details += alarms(now)
    return NextStep(Step.VOTING_INVALID, headline, tuple(details), _remedies(first.gate, now))


def _remedies(gate: Gate, now: Situation) -> tuple[Remedy, ...]:
    if gate is Gate.HYGIENE_SKIPS:
        return (Remedy.SEE_SKIPPED, Remedy.SEE_RATERS)
    if now.is_closed:
        return (Remedy.SEE_RATERS, Remedy.LARGER_SET)
    return (Remedy.SEE_RATERS, Remedy.ADD_REVIEWERS)


def _side_favoured(now: Situation) -> Message:
    found = left_share(now.evidence.left, now.evidence.right, alpha=now.settings.alpha)
    ends = bounds(found.interval)
    return message("next.invalid.hygiene_position", share=found.share, interval=ends)


def _held_by_one(now: Situation) -> Message:
    top = largest_share(now.evidence.active_raters)
    rater, share = top or ("", 0)
    return message("next.invalid.hygiene_rater_share", rater=rater, share=float(share))


def _few_raters(now: Situation) -> Message:
    raters = len(now.evidence.active_raters)
    return message("next.invalid.hygiene_raters", raters=raters)


def _depends_on_one(now: Situation) -> Message:
    large, threshold = large_raters(now.evidence), now.settings.t_overall
    names = [
        without.rater
        for without in leave_one_out(now.evidence.overall.tally, large)
        if not passes_without_rater(without.tally, threshold)
    ]
    return message("next.invalid.hygiene_leave_one_out", raters=names, n=len(names))


def _plain(gate: Gate) -> Callable[[Situation], Message]:
    return lambda _now: message(f"next.invalid.{gate.value}")


_INVALID: Mapping[Gate, Callable[[Situation], Message]] = MappingProxyType(
    {
        Gate.HYGIENE_POSITION: _side_favoured,
        Gate.HYGIENE_RATERS: _few_raters,
        Gate.HYGIENE_RATER_SHARE: _held_by_one,
        Gate.HYGIENE_LEAVE_ONE_OUT: _depends_on_one,
        Gate.HYGIENE_AGREEMENT: _plain(Gate.HYGIENE_AGREEMENT),
        Gate.HYGIENE_SKIPS: _plain(Gate.HYGIENE_SKIPS),
    }
)
_GRAVEST_CHECK = tuple(_INVALID)
