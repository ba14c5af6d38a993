"""The gates of the step train: cost, loss, overfit, by the rules of the training page. Pure."""

from __future__ import annotations

from collections.abc import Callable

from evaluation.pipeline.facts import (
    Facts,
    PipelineGate,
    PipelineStep,
    TrainingFacts,
    TrainingState,
)
from evaluation.pipeline.rules import FAILED, OPEN, PASSED, Judged, Rule
from evaluation.training.curves import Course, loss_course, overfit_alarm, validation_losses
from reviewapp.core.messages import message

COST_TOLERANCE = 0.05
"""Part of its forecast by which a training may cost more."""


def _of_training(judge: Callable[[TrainingFacts], Judged]) -> Callable[[Facts], Judged]:
    def judge_facts(facts: Facts) -> Judged:
        if facts.training is None:
            code = "trained_elsewhere" if facts.model else "not_trained"
            return OPEN, message(f"pipeline.{code}")
        return judge(facts.training)

    return judge_facts


def budget_kept(training: TrainingFacts) -> Judged:
    """Return whether it cost at most its forecast, for which the budget was checked."""
    usd, expected = training.usd, training.expected_usd
    if expected is None:
        return OPEN, message("pipeline.no_forecast")
    if usd is None:
        return OPEN, message("pipeline.cost_unknown", expected=expected)
    if usd <= expected * (1 + COST_TOLERANCE):
        return PASSED, message("pipeline.budget_kept", usd=usd, expected=expected)
    return FAILED, message("pipeline.too_expensive", usd=usd, expected=expected)


def loss_settled(training: TrainingFacts) -> Judged:
    """Return whether the training loss has settled (`evaluation/training/curves.py`)."""
    course, change = loss_course(training.losses)
    if course is Course.UNKNOWN or change is None:
        return OPEN, message("pipeline.few_steps")
    if course is Course.SETTLED:
        return PASSED, message("pipeline.loss_settled", change=abs(change))
    if training.state is TrainingState.UNDER_WAY:
        return OPEN, message("pipeline.loss_moves")
    return FAILED, message(f"pipeline.loss_{course.value}", change=abs(change))


def no_overfit(training: TrainingFacts) -> Judged:
    """Return whether the overfit alarm is silent (`evaluation/training/curves.py`)."""
    if alarm := overfit_alarm(training.losses):
        return FAILED, message("pipeline.overfit", n=alarm.evaluations, step=alarm.step)
    measured = len(validation_losses(training.losses))
    if not measured:
        return OPEN, message("pipeline.no_validation_loss")
    if training.state is TrainingState.UNDER_WAY:
        return OPEN, message("pipeline.no_alarm_yet", n=measured)
    return PASSED, message("pipeline.no_alarm", n=measured)


RULES = (
    Rule(PipelineGate.BUDGET_KEPT, PipelineStep.TRAIN, _of_training(budget_kept)),
    Rule(PipelineGate.LOSS_SETTLED, PipelineStep.TRAIN, _of_training(loss_settled)),
    Rule(PipelineGate.NO_OVERFIT, PipelineStep.TRAIN, _of_training(no_overfit)),
)
