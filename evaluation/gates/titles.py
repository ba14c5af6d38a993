"""The titles of gates as messages. Pure."""

from __future__ import annotations

from evaluation.gates.results import Gate
from evaluation.gates.settings import GateSettings
from reviewapp.core.messages import Message, message


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
        Gate.BOTH_BAD: settings.both_bad_limit,
        Gate.P95_LATENCY: limits.max_p95_ratio,
        Gate.COST: limits.max_cost_ratio,
        Gate.HYGIENE_RATER_SHARE: settings.hygiene.max_rater_share,
        Gate.ERRORS: limits.max_error_share,
    }.get(gate)
