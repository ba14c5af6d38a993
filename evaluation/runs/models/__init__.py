"""Tables of runs: runs with their intents and raters, comparisons, answers, events."""

from evaluation.runs.models.answers import Answer
from evaluation.runs.models.runs import (
    Comparison,
    EvaluationRun,
    Rater,
    RemovalRule,
    RunEvent,
    RunIntent,
)

__all__ = [
    "Answer",
    "Comparison",
    "EvaluationRun",
    "Rater",
    "RemovalRule",
    "RunEvent",
    "RunIntent",
]
