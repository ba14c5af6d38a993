"""The gates between votes and a promotion: settings, results, decision. Pure."""

from evaluation.gates.decision import (
    GateKey,
    allows_promotion,
    check_gates,
    decide,
    decision_reason,
    required_gates,
)
from evaluation.gates.evidence import Counted, Evidence, Operations
from evaluation.gates.next_step import NextStep, Remedy, Situation, Step
from evaluation.gates.next_step_rules import next_step
from evaluation.gates.opening import (
    TooSmall,
    settings_errors,
    too_small_intents,
)
from evaluation.gates.outlook import promotion_forecast
from evaluation.gates.promotion_decision import PromotionDecision, gates_after_promotion
from evaluation.gates.results import Crossing, Decision, DecisionReason, Gate, GateResult, State
from evaluation.gates.serving import intents_to_serve, serves_all_intents, serves_shared_first
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
    "NextStep",
    "OperationalLimits",
    "Operations",
    "Preset",
    "PromotionDecision",
    "Remedy",
    "SettingsError",
    "Situation",
    "State",
    "Step",
    "TooSmall",
    "allows_promotion",
    "check_gates",
    "decide",
    "decision_reason",
    "gates_after_promotion",
    "intents_to_serve",
    "next_step",
    "promotion_forecast",
    "required_gates",
    "serves_all_intents",
    "serves_shared_first",
    "settings_errors",
    "too_small_intents",
]
