"""The titles of gates as messages, and the kind of thing that a gate is about. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from evaluation.gates.results import HYGIENE, Gate
from evaluation.gates.settings import GateSettings
from reviewapp.core.messages import Message, message


class GateKind(StrEnum):
    """What a gate is about, in the order of the page."""

    OVERALL = "overall"
    INTENTS = "intents"
    CRITERIA = "criteria"
    HYGIENE = "hygiene"
    OPERATIONS = "operations"


_OVERALL: Final = frozenset({Gate.OVERALL_SUPERIORITY, Gate.NO_ALARM, Gate.BOTH_BAD})


def gate_kind(gate: Gate) -> GateKind:
    """Return what a gate is about."""
    if gate in HYGIENE:
        return GateKind.HYGIENE
    if gate is Gate.NO_INTENT_REGRESSES:
        return GateKind.INTENTS
    if gate is Gate.NO_CRITERION_REGRESSES:
        return GateKind.CRITERIA
    return GateKind.OVERALL if gate in _OVERALL else GateKind.OPERATIONS


def gate_title_message(gate: Gate, subject: str, settings: GateSettings) -> Message:
    """Return the title of a gate as a message, to be stored."""
    limit = _limit_of(gate, subject, settings)
    return message("gates.title", gate=gate.value, intent=subject, limit=limit)


def _limit_of(gate: Gate, subject: str, settings: GateSettings) -> float | None:
    """Return the limit in the title of a gate; None for a gate without one."""
    limits = settings.operational
    return {
        Gate.OVERALL_SUPERIORITY: settings.t_overall,
        Gate.NO_INTENT_REGRESSES: settings.threshold_of(subject),
        Gate.NO_CRITERION_REGRESSES: settings.criterion_thresholds.get(subject),
        Gate.BOTH_BAD: settings.both_bad_limit,
        Gate.P95_LATENCY: limits.max_p95_ratio,
        Gate.COST: limits.max_cost_ratio,
        Gate.HYGIENE_RATER_SHARE: settings.hygiene.max_rater_share,
        Gate.ERRORS: limits.max_error_share,
    }.get(gate)
