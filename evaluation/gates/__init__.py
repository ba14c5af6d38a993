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
from evaluation.gates.facts import PromotionFact, beside_decision
from evaluation.gates.opening import (
    TooSmall,
    opening_refusals,
    realistic_examples,
    too_small_intents,
)
from evaluation.gates.outlook import promotion_forecast
from evaluation.gates.results import Crossing, Decision, DecisionReason, Gate, GateResult, State
from evaluation.gates.serving import intents_to_serve, serves_all_intents
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
    "PromotionFact",
    "SettingsError",
    "State",
    "TooSmall",
    "allows_promotion",
    "beside_decision",
    "check_gates",
    "decide",
    "decision_reason",
    "intents_to_serve",
    "opening_refusals",
    "promotion_forecast",
    "realistic_examples",
    "required_gates",
    "serves_all_intents",
    "too_small_intents",
]
