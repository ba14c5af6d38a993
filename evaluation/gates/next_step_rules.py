"""Which step follows from a run's gates, with its sentences. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from evaluation.gates.next_step import NextStep, Remedy, Situation, Step
from evaluation.gates.next_step_invalid import voting_invalid
from evaluation.gates.next_step_parts import (
    CHANCE,
    EVEN,
    about_intents,
    alarms,
    failed_gates,
    is_better,
    named_intents,
    nothing_worse,
    rate,
    titles,
    voting_failed_too,
    would_do,
)
from evaluation.gates.next_step_undecided import undecided
from evaluation.gates.reasons import rounded
from evaluation.gates.results import HYGIENE, DecisionReason, Gate
from evaluation.gates.win_rates import shown_worse
from evaluation.stats.forecast import examples_for_chance
from reviewapp.core.messages import Message, message

_NEW_SET: tuple[Remedy, ...] = (Remedy.LARGER_SET, Remedy.MERGE_INTENTS)
_CLOSING: Mapping[Step, str] = MappingProxyType(
    {
        # An interval that is wholly on the wrong side may reach back, as it seldom does.
        Step.GOT_WORSE: "next.close_worse",
        Step.OVER_LIMIT: "next.close_it",
        Step.CANNOT_BE_SHOWN: "next.close_it",
        Step.VOTES_CANNOT_HELP: "next.close_it",
    }
)
"""What is said of further votes where they hardly lead to a promotion any more."""


def next_step(now: Situation) -> NextStep:
    """Return what to do with a run next, and why."""
    if now.is_closed and not now.evidence.overall.tally.n:
        return _nothing_compared(now)
    step = _RULES[now.reason](now)
    if now.is_closed or step.step not in _CLOSING:
        return step
    details = (*step.details, message(_CLOSING[step.step]))
    return replace(step, details=details, remedies=(*step.remedies, Remedy.CLOSE))


def _nothing_compared(now: Situation) -> NextStep:
    if not now.was_opened:
        return NextStep(Step.GIVEN_UP, message("next.given_up"))
    return NextStep(Step.CLOSED_EMPTY, message("next.closed_empty"))


def _may_be_promoted(now: Situation) -> NextStep:
    headline = message("next.may_be_promoted", **rate(now.evidence.overall, now))
    details: tuple[Message, ...] = ()
    if now.decided is not None:
        details = (message("next.since", on=now.decided.at, example=now.decided.example),)
    return NextStep(Step.MAY_BE_PROMOTED, headline, (*details, *alarms(now)), (Remedy.PROMOTE,))


def _got_worse(now: Situation) -> NextStep:
    overall, alpha = now.evidence.overall, now.settings.alpha
    details = (*alarms(now), *voting_failed_too(now))
    if overall.figures(alpha).upper < EVEN:
        headline = message("next.candidate_worse", **rate(overall, now))
        seen = (Remedy.SEE_LOSSES, Remedy.SEE_ANSWERS)
        return NextStep(Step.GOT_WORSE, headline, details, seen)
    worse = shown_worse(now.evidence, now.settings)
    names = tuple(sorted(row.subject for row in worse))
    code = "next.better_but_intents_worse" if is_better(now) else "next.intents_worse"
    headline = about_intents(code, names, n=len(names), **rate(overall, now))
    details = (*named_intents("next.worse_are", names), *details)
    return NextStep(Step.GOT_WORSE, headline, details, (Remedy.SEE_LOSSES,), intents=names)


def _over_limit(now: Situation) -> NextStep:
    over = [result for result in failed_gates(now) if result.failure is DecisionReason.OVER_LIMIT]
    headline = message("next.over_limit", gates=titles(over, now), n=len(over))
    return NextStep(Step.OVER_LIMIT, headline, voting_failed_too(now), (Remedy.SEE_ANSWERS,))


def _cannot_be_shown(now: Situation) -> NextStep:
    failed = [result for result in failed_gates(now) if result.gate not in HYGIENE]
    of_intents = [result for result in failed if result.gate is Gate.NO_INTENT_REGRESSES]
    criteria = [result for result in failed if result.gate is Gate.NO_CRITERION_REGRESSES]
    intents = tuple(sorted(result.subject for result in of_intents))
    if intents:
        headline, details, needed = _intents_not_shown(now, intents)
        remedies = _NEW_SET if needed else _NEW_SET[1:]
    elif any(result.gate is Gate.OVERALL_SUPERIORITY for result in failed):
        headline, details, needed = _overall_not_shown(now)
        remedies = (Remedy.LARGER_SET,) if needed else ()
    else:
        headline = message("next.gates_not_shown", gates=titles(failed, now), n=len(failed))
        details, needed, remedies, criteria = (), None, (Remedy.LARGER_SET,), []
    if criteria:
        details = (*details, message("next.failed_too", gates=titles(criteria, now)))
    return NextStep(
        Step.CANNOT_BE_SHOWN,
        headline,
        (*details, *nothing_worse(now), *voting_failed_too(now)),
        remedies,
        intents=intents,
        would_do=needed,
    )


def _intents_not_shown(
    now: Situation, intents: tuple[str, ...]
) -> tuple[Message, tuple[Message, ...], int | None]:
    asked = sum(result.gate is Gate.NO_INTENT_REGRESSES for result in now.gates)
    shown = {"failed": len(intents), "n": asked, **rate(now.evidence.overall, now)}
    code = "next.better_but_intents_not_shown" if is_better(now) else "next.intents_not_shown"
    rows = [row for row in now.evidence.intents if row.subject in intents]
    needed = would_do(rows, now, gated=asked)
    sizes = [row.tally.n + row.left for row in rows]
    ends = {"low": min(sizes), "high": max(sizes), "n": len(rows)}
    same = "_each" if ends["low"] == ends["high"] else ""
    if needed is None:
        detail = message(f"next.sizes{same}", **ends)
        details: tuple[Message, ...] = (detail, message("next.no_size_would_do"))
    else:
        details = (message(f"next.sizes_would_do{same}", needed=rounded(needed), **ends),)
    headline = about_intents(code, intents, **shown)
    return headline, (*named_intents("next.not_shown_are", intents), *details), needed


def _overall_not_shown(now: Situation) -> tuple[Message, tuple[Message, ...], int | None]:
    overall, settings = now.evidence.overall, now.settings
    headline = message("next.overall_not_shown", **rate(overall, now))
    needed = examples_for_chance(
        overall.tally.score_counts, settings.t_overall, chance=CHANCE, alpha=settings.alpha
    )
    if needed is None:
        return headline, (message("next.no_size_would_do"),), None
    size = overall.tally.n + overall.left
    if needed <= size:
        # The set ran out unluckily: so many examples again would pass with this chance.
        return headline, (message("next.as_many_would_do", size=size),), needed
    return headline, (message("next.overall_would_do", needed=rounded(needed)),), needed


_RULES: Mapping[DecisionReason, Callable[[Situation], NextStep]] = MappingProxyType(
    {
        DecisionReason.ALL_PASSED: _may_be_promoted,
        DecisionReason.UNDECIDED: undecided,
        DecisionReason.GOT_WORSE: _got_worse,
        DecisionReason.OVER_LIMIT: _over_limit,
        DecisionReason.CANNOT_BE_SHOWN: _cannot_be_shown,
        DecisionReason.VOTING_INVALID: voting_invalid,
    }
)
