"""What gates and their limits are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from evaluation.gates.results import Gate
from evaluation.gates.settings import RATIO, GateSettings, OperationalLimits
from evaluation.stats.words import percent

_TITLES = {
    Gate.NO_ALARM: "No intent shown to be worse",
    Gate.HYGIENE_RATERS: "Enough raters",
    Gate.HYGIENE_LEAVE_ONE_OUT: "No single rater decides",
    Gate.HYGIENE_AGREEMENT: "Raters agree",
    Gate.HYGIENE_POSITION: "No side is favoured",
    Gate.HYGIENE_SKIPS: "Few skips",
    Gate.REFUSALS: "Refusals on target",
}


@dataclass(frozen=True, slots=True)
class LimitText:
    """How a limit is asked for in the form of a run, and its short name beside its value."""

    label: str
    name: str


LIMITS: Mapping[str, LimitText] = MappingProxyType(
    {
        "max_p95_ratio": LimitText(
            "Latency (p95) of the candidate, at most so many times the baseline's", "Latency"
        ),
        "max_cost_ratio": LimitText(
            "Cost of an answer, at most so many times the baseline's", "Cost"
        ),
        "max_refusal_share": LimitText("Refusals, at most", "Refusals"),
        "max_error_share": LimitText("Failed answers, at most", "Errors"),
    }
)
"""The operational limits that a run's form asks for, in its order."""


def gate_title(gate: Gate, subject: str, settings: GateSettings) -> str:
    """Return what a gate asks for, in a few words."""
    limits = settings.operational
    titles = {
        Gate.OVERALL_SUPERIORITY: f"Overall above {percent(settings.t_overall)}",
        Gate.NO_INTENT_REGRESSES: f"{subject} above {percent(settings.threshold_of(subject))}",
        Gate.BOTH_BAD: f"Both bad at most {percent(settings.both_bad_limit)}",
        Gate.P95_LATENCY: f"p95 latency at most {limits.max_p95_ratio} times",
        Gate.COST: f"Cost at most {limits.max_cost_ratio} times",
        Gate.HYGIENE_RATER_SHARE: (
            f"No rater holds more than {percent(settings.hygiene.max_rater_share)}"
        ),
        Gate.ERRORS: f"Errors at most {percent(limits.max_error_share)}",
    }
    return titles.get(gate) or _TITLES.get(gate, gate.value)


def limit_lines(limits: OperationalLimits) -> list[tuple[str, str]]:
    """Return the name and the value of each operational limit that is set."""
    units = {part.name: part.metadata for part in fields(limits)}
    values = {name: getattr(limits, name) for name in LIMITS}
    return [
        (
            LIMITS[name].name,
            f"at most {value} times" if units[name] == RATIO else f"at most {percent(value)}",
        )
        for name, value in values.items()
        if value is not None
    ]
