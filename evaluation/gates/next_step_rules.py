"""Which step follows from a run's gates, with its sentences. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from evaluation.gates.evidence import Counted
from evaluation.gates.hygiene import large_raters, passes_without_rater
from evaluation.gates.next_step import Need, NextStep, Remedy, Situation, Step
from evaluation.gates.reasons import bounds, rounded
from evaluation.gates.results import HYGIENE, DecisionReason, Gate, GateResult, State
from evaluation.gates.serving import votes_can_change
from evaluation.gates.titles import gate_title_message
from evaluation.stats.forecast import (
    Forecast,
    Outlook,
    examples_at_mix,
    examples_for_chance,
    forecast,
)
from evaluation.stats.raters import largest_share, leave_one_out, left_share
from evaluation.stats.tally import Tally
from reviewapp.core.messages import Message, message

CHANCE = 0.8
"""Chance of passing with the examples that "would do": of all gated intents together."""
_NAMED = 3
_EVEN = 0.5
_NEW_SET: tuple[Remedy, ...] = (Remedy.LARGER_SET, Remedy.MERGE_INTENTS)


def next_step(now: Situation) -> NextStep:
    """Return what to do with a run next, and why."""
    if now.is_closed and not now.evidence.overall.tally.n:
        return _nothing_compared(now)
    return _RULES[now.reason](now)


def _nothing_compared(now: Situation) -> NextStep:
    if not now.was_opened:
        return NextStep(Step.GIVEN_UP, message("next.given_up"))
    return NextStep(Step.CLOSED_EMPTY, message("next.closed_empty"))


def _may_be_promoted(now: Situation) -> NextStep:
    headline = message("next.may_be_promoted", **_rate(now.evidence.overall, now))
    details: tuple[Message, ...] = ()
    if now.decided is not None:
        details = (message("next.since", on=now.decided.at, example=now.decided.example),)
    return NextStep(Step.MAY_BE_PROMOTED, headline, details, (Remedy.PROMOTE,))


def _got_worse(now: Situation) -> NextStep:
    overall, alpha = now.evidence.overall, now.settings.alpha
    if overall.figures(alpha).upper < _EVEN:
        headline = message("next.candidate_worse", **_rate(overall, now))
        seen = (Remedy.SEE_LOSSES, Remedy.SEE_ANSWERS)
        return NextStep(Step.GOT_WORSE, headline, _voting_too(now), seen)
    worse = [row for row in now.evidence.intents if row.figures(alpha).upper < _EVEN]
    names = tuple(sorted(row.subject for row in worse))
    code = "next.better_but_intents_worse" if _is_better(now) else "next.intents_worse"
    shown = {"n": len(names), **_rate(overall, now)}
    if len(names) <= _NAMED:
        headline = message(f"{code}_named", intents=list(names), **shown)
    else:
        headline = message(code, **shown)
    remedies = (Remedy.SEE_LOSSES,)
    return NextStep(Step.GOT_WORSE, headline, _voting_too(now), remedies, intents=names)


def _over_limit(now: Situation) -> NextStep:
    over = [result for result in _failed(now) if result.failure is DecisionReason.OVER_LIMIT]
    headline = message("next.over_limit", gates=_titles(over, now), n=len(over))
    return NextStep(Step.OVER_LIMIT, headline, _voting_too(now), (Remedy.SEE_ANSWERS,))


def _cannot_be_shown(now: Situation) -> NextStep:
    failed = [result for result in _failed(now) if result.gate not in HYGIENE]
    intents = tuple(sorted(result.subject for result in failed if result.subject))
    if intents:
        headline, details, would_do = _intents_not_shown(now, intents)
        remedies = _NEW_SET if would_do else _NEW_SET[1:]
    elif any(result.gate is Gate.OVERALL_SUPERIORITY for result in failed):
        headline, details, would_do = _overall_not_shown(now)
        remedies = (Remedy.LARGER_SET,) if would_do else ()
    else:
        headline = message("next.gates_not_shown", gates=_titles(failed, now), n=len(failed))
        details, would_do, remedies = (), None, (Remedy.LARGER_SET,)
    return NextStep(
        Step.CANNOT_BE_SHOWN,
        headline,
        (*details, *now.nothing_worse, *_voting_too(now)),
        remedies,
        intents=intents,
        would_do=would_do,
    )


def _intents_not_shown(
    now: Situation, intents: tuple[str, ...]
) -> tuple[Message, tuple[Message, ...], int | None]:
    asked = sum(result.gate is Gate.NO_INTENT_REGRESSES for result in now.gates)
    shown = {"failed": len(intents), "n": asked, **_rate(now.evidence.overall, now)}
    code = "next.better_but_intents_not_shown" if _is_better(now) else "next.intents_not_shown"
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
    return message(code, **shown), details, needed


def would_do(rows: Sequence[Counted], now: Situation, *, gated: int) -> int | None:
    """Return the examples with which each of these intents would probably pass; None if hardly.

    At the scores of all of them together, since those of a small intent say little, and so that
    all gated intents pass together with a chance of `CHANCE`.
    """
    thresholds = [
        line for row in rows if (line := now.settings.threshold_of(row.subject)) is not None
    ]
    pooled = Tally.of(group for row in rows for group in row.tally.groups)
    if not pooled.n or not thresholds:
        return None
    chance = CHANCE ** (1 / max(1, gated))
    alpha = now.settings.alpha
    return examples_for_chance(pooled.score_counts, max(thresholds), chance=chance, alpha=alpha)


def _overall_not_shown(now: Situation) -> tuple[Message, tuple[Message, ...], int | None]:
    overall, settings = now.evidence.overall, now.settings
    headline = message("next.overall_not_shown", **_rate(overall, now))
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


def _voting_invalid(now: Situation) -> NextStep:
    failed = [result for result in _failed(now) if result.gate in HYGIENE]
    first = min(failed, key=lambda result: _GRAVEST_CHECK.index(result.gate))
    headline = _INVALID[first.gate](now)
    others = [result for result in failed if result is not first]
    details = [message("next.nothing_about_candidate")]
    if others:
        details.append(message("next.failed_too", gates=_titles(others, now), n=len(others)))
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


def _undecided(now: Situation) -> NextStep:
    if now.is_closed:
        return _closed_undecided(now)
    waiting = [one for one in now.gates if one.state is State.INSUFFICIENT]
    if not now.evidence.overall.tally.n:
        return _nothing_counted(now)
    is_exhausted = now.evidence.overall.left == 0 and not any(
        one.left for one in now.evidence.intents
    )
    if is_exhausted or not any(map(votes_can_change, waiting)):
        headline = message("next.votes_cannot_help", gates=_titles(waiting, now), n=len(waiting))
        return NextStep(Step.VOTES_CANNOT_HELP, headline, now.nothing_worse, (Remedy.LARGER_SET,))
    return _keep_voting(now, waiting)


def _closed_undecided(now: Situation) -> NextStep:
    waiting = [one for one in now.gates if one.state is State.INSUFFICIENT]
    code = "next.better_but_closed_undecided" if _is_better(now) else "next.closed_undecided"
    headline = message(code, n=len(waiting), **_rate(now.evidence.overall, now))
    details = (message("next.not_passed", gates=_titles(waiting, now), n=len(waiting)),)
    return NextStep(Step.CLOSED_UNDECIDED, headline, details, (Remedy.LARGER_SET,))


def _nothing_counted(now: Situation) -> NextStep:
    if now.waiting:
        headline = message("next.nothing_counted_waiting", n=now.waiting)
    else:
        headline = message("next.nothing_counted")
    return NextStep(Step.NOTHING_COUNTED, headline)


def _keep_voting(now: Situation, waiting: Sequence[GateResult]) -> NextStep:
    takes = {
        one.subject: _takes(one, now)
        for one in now.evidence.intents
        if any(gate.subject == one.subject for gate in waiting)
    }
    short = tuple(sorted(name for name, found in takes.items() if not found.is_within))
    has_passed = _has_passed_overall(now)
    if not has_passed and now.forecast.outlook is Outlook.FAIL:
        headline = message("next.behind", **_rate(now.evidence.overall, now))
        need = _need(now.forecast, now)
        return NextStep(Step.KEEP_VOTING, headline, _time(need), need=need)
    if short or not now.forecast.is_within:
        return _left_will_not_do(now, short)
    need = _need(_together(now, takes), now)
    if need.examples is None:
        headline = message("next.keep_voting_close", **_rate(now.evidence.overall, now))
    elif has_passed:
        titles = _titles(waiting, now)
        headline = message("next.keep_voting_for", more=need.examples, gates=titles)
    else:
        headline = message("next.keep_voting", more=need.examples)
    return NextStep(Step.KEEP_VOTING, headline, _time(need), need=need)


def _left_will_not_do(now: Situation, short: tuple[str, ...]) -> NextStep:
    left = now.evidence.overall.left
    if not short:
        headline = message("next.left_will_not_do", n=left)
        remedies: tuple[Remedy, ...] = (Remedy.LARGER_SET,)
        return NextStep(Step.LEFT_WILL_NOT_DO, headline, now.nothing_worse, remedies)
    asked = sum(result.gate is Gate.NO_INTENT_REGRESSES for result in now.gates)
    better = "next.better_but_intents_short" if _is_better(now) else "next.intents_short"
    headline = message(better, short=len(short), n=asked, **_rate(now.evidence.overall, now))
    rows = [one for one in now.evidence.intents if one.subject in short]
    needed = would_do(rows, now, gated=asked)
    details = now.nothing_worse
    if needed is not None:
        details = (message("next.would_do", needed=rounded(needed), n=len(rows)), *details)
    return NextStep(
        Step.LEFT_WILL_NOT_DO, headline, details, _NEW_SET, intents=short, would_do=needed
    )


def _takes(intent: Counted, now: Situation) -> Forecast:
    threshold = now.settings.threshold_of(intent.subject)
    if threshold is None or intent.crossing is not None:
        return Forecast(0, 0, 0, None)
    scores, alpha = intent.tally.score_counts, now.settings.alpha
    if not scores:
        # Nothing is known of it yet, so it is expected to be like the whole run.
        mix = now.evidence.overall.tally.score_counts
        whole = examples_at_mix(mix, threshold, alpha=alpha)
        return Forecast(whole, whole, whole, Outlook.PASS).within(intent.left)
    found = forecast(scores, threshold, alpha=alpha, prior=intent.prior)
    return found.within(intent.left)


def _together(now: Situation, takes: Mapping[str, Forecast]) -> Forecast:
    """Return the examples until the whole run and each of these intents are decided.

    While all intents are served, an intent gets its share of what is left; afterwards only the
    undecided ones are served.
    """
    left = {one.subject: one.left for one in now.evidence.intents}
    total = sum(left.values())
    is_narrowed = bool(now.served) and now.served < left.keys()

    def of(name: str, part: int | None) -> int | None:
        if part is None or is_narrowed:
            return part
        return math.ceil(part * total / left[name]) if left[name] else 0

    def joined(parts: list[int | None], whole: int | None) -> int | None:
        known = [part for part in parts if part is not None]
        if whole is None or len(known) < len(parts):
            return None
        return max(sum(known) if is_narrowed else max(known, default=0), whole)

    examples, low, high = (
        joined([of(name, getattr(one, end)) for name, one in takes.items()], whole)
        for end, whole in (
            ("examples", now.forecast.examples),
            ("low", now.forecast.low),
            ("high", now.forecast.high),
        )
    )
    return Forecast(examples or None, low, high, Outlook.PASS)


def _need(found: Forecast, now: Situation) -> Need:
    if found.examples is None:
        return Need(None)
    votes = math.ceil(found.examples * now.votes_for_each)
    days = votes / now.votes_a_day if now.votes_a_day else None
    low, high = (None if end is None else rounded(end) for end in (found.low, found.high))
    return Need(rounded(found.examples), low, high, votes=rounded(votes), days=days)


def _time(need: Need) -> tuple[Message, ...]:
    if need.examples is None or need.votes is None:
        return ()
    if need.days is None:
        return (message("next.takes_votes", votes=need.votes),)
    days = max(1, round(need.days))
    return (message("next.takes_votes_days", votes=need.votes, days=days),)


def _voting_too(now: Situation) -> tuple[Message, ...]:
    failed = [result for result in _failed(now) if result.gate in HYGIENE]
    if not failed:
        return ()
    return (message("next.voting_failed_too", gates=_titles(failed, now), n=len(failed)),)


def _failed(now: Situation) -> list[GateResult]:
    return [one for one in now.gates if one.state is State.FAILED]


def _is_better(now: Situation) -> bool:
    """Whether the overall gate has passed and its interval lies above one half now."""
    now_above = now.evidence.overall.figures(now.settings.alpha).lower > _EVEN
    return _has_passed_overall(now) and now_above


def _has_passed_overall(now: Situation) -> bool:
    return any(
        one.gate is Gate.OVERALL_SUPERIORITY and one.state is State.PASSED for one in now.gates
    )


def _titles(results: Sequence[GateResult], now: Situation) -> list[Message]:
    """Return the titles of gates, the first few of many."""
    titles = [gate_title_message(one.gate, one.subject, now.settings) for one in results]
    if len(titles) > _NAMED:
        rest = message("next.more_gates", n=len(titles) - _NAMED + 1)
        return [*titles[: _NAMED - 1], rest]
    return titles


def _rate(of: Counted, now: Situation) -> dict[str, object]:
    shown = of.figures(now.settings.alpha)
    return {"rate": shown.estimate, "interval": bounds(shown.interval)}


_RULES: Mapping[DecisionReason, Callable[[Situation], NextStep]] = MappingProxyType(
    {
        DecisionReason.ALL_PASSED: _may_be_promoted,
        DecisionReason.UNDECIDED: _undecided,
        DecisionReason.GOT_WORSE: _got_worse,
        DecisionReason.OVER_LIMIT: _over_limit,
        DecisionReason.CANNOT_BE_SHOWN: _cannot_be_shown,
        DecisionReason.VOTING_INVALID: _voting_invalid,
    }
)
