"""Tables of runs: runs with their intents and raters, comparisons, answers, calls, events."""

from evaluation.runs.models.answers import Answer, ProviderCall
from evaluation.runs.models.runs import Comparison, EvaluationRun, Rater, RunEvent, RunIntent

__all__ = [
    "Answer",
    "Comparison",
    "EvaluationRun",
    "ProviderCall",
    "Rater",
    "RunEvent",
    "RunIntent",
]
