"""Everything the evaluation app stores, split by noun and offered under one name."""

from evaluation.models.decisions import RunDecision
from evaluation.models.promotion import Alias, GateCheck, Promotion, PromotionEvent
from evaluation.models.registry import Endpoint, ModelEvent, ModelTrial, ModelVersion
from evaluation.models.runs import (
    Answer,
    Comparison,
    EvaluationRun,
    ProviderCall,
    Rater,
    RunEvent,
    RunIntent,
)
from evaluation.models.tallies import PendingMeasurement, RunMeasures, RunTally
from evaluation.models.voting import Assignment, Vote, VoteEvent

__all__ = [
    "Alias",
    "Answer",
    "Assignment",
    "Comparison",
    "Endpoint",
    "EvaluationRun",
    "GateCheck",
    "ModelEvent",
    "ModelTrial",
    "ModelVersion",
    "PendingMeasurement",
    "Promotion",
    "PromotionEvent",
    "ProviderCall",
    "Rater",
    "RunDecision",
    "RunEvent",
    "RunIntent",
    "RunMeasures",
    "RunTally",
    "Vote",
    "VoteEvent",
]
