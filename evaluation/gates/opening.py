"""Whether a run could ever pass, asked before it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evaluation.gates.settings import GateSettings
from evaluation.stats.forecast import wins_needed
from reviewapp.core.messages import Message, message


@dataclass(frozen=True, slots=True)
class TooSmall:
    """An intent, or the whole set (empty subject), that cannot pass even by winning everything."""

    subject: str
    examples: int
    needed: int
    threshold: float

    @property
    def reason(self) -> Message:
        """Return what is too small and what to do about it."""
        sizes = {"examples": self.examples, "needed": self.needed, "threshold": self.threshold}
        if not self.subject:
            return message("gates.set_too_small", **sizes)
        return message("gates.intent_too_small", intent=self.subject, **sizes)


def too_small_intents(settings: GateSettings, examples: Mapping[str, int]) -> tuple[TooSmall, ...]:
    """Return the gated intents with too few examples ever to pass, in order of name.

    Args:
        settings: the gate settings of the run.
        examples: every intent (or named group) of the set with its number of examples.
    """
    found = []
    for intent, size in sorted(examples.items()):
        threshold = settings.threshold_of(intent)
        if threshold is None:
            continue
        needed = wins_needed((), threshold, alpha=settings.alpha)
        if size < needed:
            found.append(TooSmall(intent, size, needed, threshold))
    return tuple(found)


_NAMED: Final = 3


def settings_errors(
    settings: GateSettings, examples: Mapping[str, int], *, votes_per_example: int
) -> list[Message]:
    """Return why a run cannot open and what to do; an empty list when it can.

    Args:
        settings: the gate settings of the run.
        examples: every intent (or named group) of the main queue with its number of examples.
        votes_per_example: votes that close an example.
    """
    total = sum(examples.values())
    if not total:
        return [message("gates.no_examples")]
    found = []
    if votes_per_example < 1:
        found.append(message("gates.no_votes_per_example"))
    named = set(settings.intent_thresholds) | settings.watch_only
    found += [
        message("gates.unknown_intent", intent=intent) for intent in sorted(named - examples.keys())
    ]
    needed = wins_needed((), settings.t_overall, alpha=settings.alpha)
    if total < needed:
        found.append(TooSmall("", total, needed, settings.t_overall).reason)
    return found + _small_reasons(too_small_intents(settings, examples))


def _small_reasons(small: Sequence[TooSmall]) -> list[Message]:
    """Return a reason for each intent that is too small, or one for all if they are many."""
    if len(small) <= _NAMED:
        return [intent.reason for intent in small]
    needed = [intent.needed for intent in small]
    sizes = [
        message("gates.intent_size", intent=intent.subject, examples=intent.examples)
        for intent in small
    ]
    ends = (min(needed), max(needed))
    return [message("gates.intents_too_small", n=len(small), needed=ends, intents=sizes)]
