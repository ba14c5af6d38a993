"""Whether a run could ever pass, asked before it opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from evaluation.gates.settings import GateSettings
from evaluation.stats.forecast import examples_at_mix, wins_needed
from evaluation.stats.words import count_of, percent


@dataclass(frozen=True, slots=True)
class TooSmall:
    """An intent, or the whole set (empty subject), that cannot pass even by winning everything."""

    subject: str
    examples: int
    needed: int
    threshold: float

    @property
    def sentence(self) -> str:
        """Say what is too small and what to do about it."""
        line = percent(self.threshold)
        if not self.subject:
            return (
                f"The set has {count_of(self.examples)} and needs at least {self.needed} for the "
                f"overall win rate to pass {line}. Add examples."
            )
        return (
            f"{self.subject} has {count_of(self.examples)} and needs at least {self.needed} to "
            f"pass {line}. Merge it with other intents into a named group, or mark it watch-only."
        )


def too_small_intents(settings: GateSettings, examples: Mapping[str, int]) -> tuple[TooSmall, ...]:
    """Gated intents with too few examples ever to pass, in order of name.

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


REALISTIC_MIX: Final = (
    (Fraction(1), 35),
    (Fraction(1, 2), 50),
    (Fraction(0), 15),
)
"""Scores of 100 examples of a good candidate: a win rate of 60 %, half of the examples tied."""
_NAMED: Final = 3


def realistic_examples(threshold: float, *, alpha: float) -> int | None:
    """Return about how many examples it takes to pass a threshold at `REALISTIC_MIX`.

    The smallest number that could pass is passed by winning everything, which no candidate does.
    None for a threshold that such a candidate does not pass.
    """
    return examples_at_mix(REALISTIC_MIX, threshold, alpha=alpha)


def settings_errors(
    settings: GateSettings, examples: Mapping[str, int], *, votes_per_example: int
) -> list[str]:
    """Say why a run cannot open; an empty list when it can.

    Args:
        settings: the gate settings of the run.
        examples: every intent (or named group) of the main queue with its number of examples.
        votes_per_example: votes that close an example.
    Returns:
        Sentences that say what is wrong and what to do.
    """
    total = sum(examples.values())
    if not total:
        return ["The set has no examples. Add examples before the run opens."]
    found = []
    if votes_per_example < 1:
        found.append("Each example needs at least one vote.")
    named = set(settings.intent_thresholds) | settings.watch_only
    found += [
        f"The settings name the intent {intent}, which the set does not have. Take it out."
        for intent in sorted(named - examples.keys())
    ]
    needed = wins_needed((), settings.t_overall, alpha=settings.alpha)
    if total < needed:
        found.append(TooSmall("", total, needed, settings.t_overall).sentence)
    return found + _small_sentences(too_small_intents(settings, examples))


def _small_sentences(small: Sequence[TooSmall]) -> list[str]:
    """Return a sentence for each intent that is too small, or one for all if they are many."""
    if len(small) <= _NAMED:
        return [one.sentence for one in small]
    named = ", ".join(f"{one.subject} ({one.examples})" for one in small)
    needed = sorted({one.needed for one in small})
    least = str(needed[0]) if len(needed) == 1 else f"{needed[0]} to {needed[-1]}"
    return [
        f"{len(small)} intents have fewer than the {least} examples that a gate needs: {named}. "
        "Merge them into a named group, or mark them watch-only."
    ]
