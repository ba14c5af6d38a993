"""What the sentences of the next step have in common. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from evaluation.gates.evidence import Counted
from evaluation.gates.next_step import Situation
from evaluation.gates.reasons import bounds, got_worse, past_alarm
from evaluation.gates.results import HYGIENE, Gate, GateResult, State
from evaluation.gates.titles import gate_title_message
from evaluation.gates.win_rates import shown_worse
from evaluation.stats.forecast import examples_for_chance
from evaluation.stats.tally import Tally
from reviewapp.core.messages import Message, message

CHANCE = 0.8
"""Chance of passing with the examples that "would do": of all gated intents together."""
NAMED = 3
"""Intents or gates that a sentence names; of more it names the first two."""
EVEN = 0.5


def failed_gates(now: Situation) -> list[GateResult]:
    """Return the gates that failed."""
    return [result for result in now.gates if result.state is State.FAILED]


def voting_failed_too(now: Situation) -> tuple[Message, ...]:
    """Return the sentence that gates on the voting failed beside others; empty if none did."""
    failed = [result for result in failed_gates(now) if result.gate in HYGIENE]
    if not failed:
        return ()
    return (message("next.voting_failed_too", gates=titles(failed, now), n=len(failed)),)


def is_better(now: Situation) -> bool:
    """Return whether the overall gate has passed and its interval lies above one half now."""
    now_above = now.evidence.overall.figures(now.settings.alpha).lower > EVEN
    return has_passed_overall(now) and now_above


def has_passed_overall(now: Situation) -> bool:
    """Return whether the gate on the whole run has passed."""
    return any(
        result.gate is Gate.OVERALL_SUPERIORITY and result.state is State.PASSED
        for result in now.gates
    )


def titles(results: Sequence[GateResult], now: Situation) -> list[Message]:
    """Return the titles of gates, the first few of many."""
    found = [gate_title_message(result.gate, result.subject, now.settings) for result in results]
    if len(found) > NAMED:
        return [*found[: NAMED - 1], message("next.more_gates", n=len(found) - NAMED + 1)]
    return found


def about_intents(code: str, intents: Sequence[str], **params: object) -> Message:
    """Return a headline about intents, which names them if they are few."""
    if len(intents) <= NAMED:
        return message(f"{code}_named", intents=list(intents), **params)
    return message(code, **params)


def named_intents(code: str, intents: Sequence[str]) -> tuple[Message, ...]:
    """Return a sentence that names intents whose headline gives only their number.

    Empty when the headline names them itself, because they are few.
    """
    if len(intents) <= NAMED:
        return ()
    more = message("next.more_intents", n=len(intents) - NAMED + 1)
    return (message(code, intents=[*intents[: NAMED - 1], more], n=len(intents)),)


def rate(of: Counted, now: Situation) -> dict[str, object]:
    """Return win rate and interval as the parameters of a message."""
    shown = of.figures(now.settings.alpha)
    return {"rate": shown.estimate, "interval": bounds(shown.interval)}


def alarms(now: Situation) -> tuple[Message, ...]:
    """Return each alarm with its example: those that hold now, and past ones with today's rate."""
    worse = shown_worse(now.evidence, now.settings)
    rows = (now.evidence.overall, *now.evidence.intents)
    found = [
        (got_worse if row in worse else past_alarm)(
            row.subject, row.figures(now.settings.alpha), example=row.alarmed_at
        )
        for row in rows
        if row.alarmed_at is not None
    ]
    if len(found) > NAMED:
        return (*found[: NAMED - 1], message("next.more_alarms", n=len(found) - NAMED + 1))
    return tuple(found)


def nothing_worse(now: Situation) -> tuple[Message, ...]:
    """Return the sentence that nothing got worse, or the alarms if there were any."""
    return alarms(now) or (message("next.nothing_worse"),)


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
