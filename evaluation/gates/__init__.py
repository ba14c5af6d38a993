"""The gates between votes and a promotion: settings, results, decision. Pure."""

from evaluation.gates.decision import (
    GateKey,
    allows_promotion,
    check_gates,
    decide,
    decision_reason,
    required_gates,
    undecided_intents,
)
from evaluation.gates.evidence import Counted, Evidence, Operations
from evaluation.gates.opening import TooSmall, opening_refusals, too_small_intents
from evaluation.gates.results import Crossing, Decision, DecisionReason, Gate, GateResult, State
from evaluation.gates.settings import (
    GateSettings,
    HygieneLimits,
    OperationalLimits,
    Preset,
    SettingsError,
)

__all__ = [
    "Counted",
    "Crossing",
    "Decision",
    "DecisionReason",
    "Evidence",
    "Gate",
    "GateKey",
    "GateResult",
    "GateSettings",
    "HygieneLimits",
    "OperationalLimits",
    "Operations",
    "Preset",
    "SettingsError",
    "State",
    "TooSmall",
    "allows_promotion",
    "check_gates",
    "decide",
    "decision_reason",
    "opening_refusals",
    "required_gates",
    "too_small_intents",
    "undecided_intents",
]
