"""The next step of a run that is not decided. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from evaluation.gates.evidence import Counted
from evaluation.gates.hygiene import MIN_SHARED_EXAMPLES
from evaluation.gates.next_step import Need, NextStep, Remedy, Situation, Step
from evaluation.gates.next_step_parts import (
    about_intents,
    alarms,
    has_passed_overall,
    is_better,
    named_intents,
    nothing_worse,
    rate,
    titles,
    would_do,
)
from evaluation.gates.reasons import rounded
from evaluation.gates.results import Gate, GateResult, State
from evaluation.gates.serving import votes_can_change
from evaluation.stats.forecast import Forecast, Outlook, examples_at_mix, forecast, wins_needed
from reviewapp.core.messages import Message, message

_NEW_SET: tuple[Remedy, ...] = (Remedy.LARGER_SET, Remedy.MERGE_INTENTS)


def undecided(now: Situation) -> NextStep:
    """Return the step of a run that no gate has decided: keep voting, or why that does not help."""
    if now.is_closed:
        return _closed_undecided(now)
    waiting = [result for result in now.gates if result.state is State.INSUFFICIENT]
    if not now.evidence.overall.tally.n:
        return _nothing_counted(now)
    is_exhausted = now.evidence.overall.left == 0 and not any(
        intent.left for intent in now.evidence.intents
    )
    if is_exhausted or not any(map(votes_can_change, waiting)):
        headline = message("next.votes_cannot_help", gates=titles(waiting, now), n=len(waiting))
        return NextStep(Step.VOTES_CANNOT_HELP, headline, nothing_worse(now), (Remedy.LARGER_SET,))
    return _too_early(now) or _keep_voting(now, waiting)


def _closed_undecided(now: Situation) -> NextStep:
    waiting = [result for result in now.gates if result.state is State.INSUFFICIENT]
    code = "next.better_but_closed_undecided" if is_better(now) else "next.closed_undecided"
    headline = message(code, n=len(waiting), **rate(now.evidence.overall, now))
    details = (message("next.not_passed", gates=titles(waiting, now), n=len(waiting)),)
    return NextStep(Step.CLOSED_UNDECIDED, headline, (*details, *alarms(now)), (Remedy.LARGER_SET,))


def _nothing_counted(now: Situation) -> NextStep:
    if now.waiting:
        headline = message("next.nothing_counted_waiting", n=now.waiting)
    else:
        headline = message("next.nothing_counted")
    return NextStep(Step.NOTHING_COUNTED, headline, _needed_at_least(now))


def _too_early(now: Situation) -> NextStep | None:
    """Return that nothing can be said yet, or None.

    So it is while too few examples are counted for the overall gate to pass even by winning all of
    them. A forecast from so few says nothing either.
    """
    overall = now.evidence.overall
    if has_passed_overall(now) or overall.tally.n >= _fewest(now):
        return None
    headline = message("next.too_early", n=overall.tally.n, **rate(overall, now))
    return NextStep(Step.TOO_EARLY, headline, (*_needed_at_least(now), *alarms(now)))


def _fewest(now: Situation) -> int:
    """Return the examples before which the overall gate cannot pass."""
    settings, prior = now.settings, now.evidence.overall.prior
    return wins_needed((), settings.t_overall, alpha=settings.alpha, prior=prior)


def _needed_at_least(now: Situation) -> tuple[Message, ...]:
    """Return the least that any result takes: counted examples, reviewers, shared examples."""
    hygiene, examples = now.settings.hygiene, _fewest(now)
    if not hygiene.asks_for_agreement:
        return (message("next.at_least", examples=examples, raters=hygiene.min_raters),)
    shown = {"examples": examples, "raters": hygiene.min_raters, "shared": MIN_SHARED_EXAMPLES}
    return (message("next.at_least_shared", **shown),)


def _keep_voting(now: Situation, waiting: Sequence[GateResult]) -> NextStep:
    takes = {
        intent.subject: _takes(intent, now)
        for intent in now.evidence.intents
        if (Gate.NO_INTENT_REGRESSES, intent.subject) in {(it.gate, it.subject) for it in waiting}
    }
    short = tuple(sorted(name for name, found in takes.items() if not found.is_within))
    has_passed = has_passed_overall(now)
    if not has_passed and now.forecast.outlook is Outlook.FAIL:
        return _behind(now)
    if short or not now.forecast.is_within:
        return _left_will_not_do(now, short)
    need = _need(_together(now, takes), now)
    if need.examples is None:
        headline = message("next.keep_voting_close", **rate(now.evidence.overall, now))
    elif has_passed:
        gates = titles(waiting, now)
        headline = message("next.keep_voting_for", more=need.examples, gates=gates)
    else:
        headline = message("next.keep_voting", more=need.examples)
    return NextStep(Step.KEEP_VOTING, headline, (*_time(need), *alarms(now)), need=need)


def _behind(now: Situation) -> NextStep:
    """Return that the candidate will not pass at this rate, and why the gate is not decided."""
    overall, settings = now.evidence.overall, now.settings
    headline = message("next.behind", limit=settings.t_overall, **rate(overall, now))
    need = _need(now.forecast, now)
    upper = overall.figures(settings.alpha).upper
    shown = {"upper": (upper, settings.t_overall), "limit": settings.t_overall}
    if need.examples is None:
        why = message("next.behind_open", **shown)
    else:
        why = message("next.behind_until", more=need.examples, **shown)
    details = (why, *_time(need), message("next.behind_close"), *alarms(now))
    return NextStep(Step.BEHIND, headline, details, (Remedy.SEE_LOSSES,), need=need)


def _left_will_not_do(now: Situation, short: tuple[str, ...]) -> NextStep:
    left = now.evidence.overall.left
    if not short:
        headline = message("next.left_will_not_do", n=left)
        remedies: tuple[Remedy, ...] = (Remedy.LARGER_SET,)
        return NextStep(Step.LEFT_WILL_NOT_DO, headline, nothing_worse(now), remedies)
    asked = sum(result.gate is Gate.NO_INTENT_REGRESSES for result in now.gates)
    better = "next.better_but_intents_short" if is_better(now) else "next.intents_short"
    shown = {"short": len(short), "n": asked, **rate(now.evidence.overall, now)}
    headline = about_intents(better, short, **shown)
    rows = [intent for intent in now.evidence.intents if intent.subject in short]
    needed = would_do(rows, now, gated=asked)
    details = nothing_worse(now)
    if needed is not None:
        details = (message("next.would_do", needed=rounded(needed), n=len(rows)), *details)
    details = (*named_intents("next.short_are", short), *details)
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
    left = {intent.subject: intent.left for intent in now.evidence.intents}
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
        joined([of(name, getattr(take, end)) for name, take in takes.items()], whole)
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
