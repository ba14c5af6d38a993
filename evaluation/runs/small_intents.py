"""Intents of a run's set that are too small for its gate: merge them, or only watch them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from evaluation.gates import GateSettings, too_small_intents
from evaluation.runs.setup_summary import IntentRow
from evaluation.runs.terms import IntentTerms


@dataclass(frozen=True)
class SmallIntents:
    """What can be done about the small intents of a run.

    Attributes:
        can_merge: whether several of them could be one group, which would be large enough or is
            watched; intents that are watched already count too.
        can_watch: whether one of them is gated, so that it can only fail.
        examples: of all of them together.
        needed: examples that a gate takes, where all together are too few; otherwise 0.
    """

    can_merge: bool
    can_watch: bool
    examples: int
    needed: int


def small_intents(rows: Sequence[IntentRow], settings: GateSettings) -> SmallIntents:
    """Return what can be done about the small intents among these."""
    small = [row for row in rows if row.is_small]
    groups = {row.counted_as for row in small}
    examples = sum(row.examples for row in small)
    needed = _needed(settings, examples) if small else 0
    has_gated = any(row.is_too_small for row in small)
    return SmallIntents(
        can_merge=len(groups) > 1 and (has_gated or not needed),
        can_watch=has_gated,
        examples=examples,
        needed=needed,
    )


def merge_small_intents(rows: Sequence[IntentRow], settings: GateSettings) -> list[IntentTerms]:
    """Return terms that merge the small intents, also those that were only watched.

    The group is watched if it is too small itself.
    """
    # A name that the lead can change, so in the language of the lead.
    others = gettext("Other intents")
    small = [row for row in rows if row.is_small]
    kept = _kept(row for row in rows if not row.is_small)
    if not small:
        return kept
    is_gated = not _needed(settings, sum(row.examples for row in small))
    return [*kept, IntentTerms(others, tuple(row.name for row in small), gated=is_gated)]


def watch_small_intents(rows: Sequence[IntentRow]) -> list[IntentTerms]:
    """Return terms that only watch the small intents."""
    watched: dict[str, list[str]] = {}
    for row in rows:
        if row.is_too_small:
            watched.setdefault(row.counted_as, []).append(row.name)
    groups = [IntentTerms(name, tuple(own), gated=False) for name, own in watched.items()]
    return [*_kept(row for row in rows if not row.is_too_small), *groups]


def _needed(settings: GateSettings, examples: int) -> int:
    """Return the examples that a gated group of this size would need; 0 if it has them."""
    everything = replace(settings, watch_only=frozenset(), intent_thresholds={})
    found = too_small_intents(everything, {"": examples})
    return found[0].needed if found else 0


def _kept(rows: Iterable[IntentRow]) -> list[IntentTerms]:
    groups: dict[str, list[IntentRow]] = {}
    for row in rows:
        groups.setdefault(row.counted_as, []).append(row)
    return [
        IntentTerms(
            name,
            tuple(row.name for row in members),
            gated=members[0].is_gated,
            threshold=members[0].threshold,
        )
        for name, members in groups.items()
    ]
