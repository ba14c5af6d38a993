"""Tables of runs: runs with their intents and raters, comparisons, answers, uploads, events."""

from evaluation.runs.models.answers import WITHOUT_USUAL_LETTER, Answer
from evaluation.runs.models.criteria import RunCriterion
from evaluation.runs.models.gold import GoldAnswer, GoldCheck, GoldCheckEvent, RunGoldCheck
from evaluation.runs.models.matches import TrainedMatch
from evaluation.runs.models.retired import RetiredTestSplit
from evaluation.runs.models.runs import (
    Comparison,
    EvaluationRun,
    Rater,
    RemovalRule,
    RunEvent,
    RunIntent,
)
from evaluation.runs.models.uploads import AnswerUpload

__all__ = [
    "WITHOUT_USUAL_LETTER",
    "Answer",
    "AnswerUpload",
    "Comparison",
    "EvaluationRun",
    "GoldAnswer",
    "GoldCheck",
    "GoldCheckEvent",
    "Rater",
    "RemovalRule",
    "RetiredTestSplit",
    "RunCriterion",
    "RunEvent",
    "RunGoldCheck",
    "RunIntent",
    "TrainedMatch",
]
