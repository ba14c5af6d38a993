"""How far a candidate is and what to do with it next: one code, one button. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from evaluation.gates import Decision, DecisionReason
from evaluation.pipeline.facts import Facts, PipelineStep, RunFacts, RunProgress, SignOff
from evaluation.pipeline.facts import TrainingState as Training
from evaluation.pipeline.service_rules import figures_beyond
from reviewapp.core.messages import Message, message


class Target(StrEnum):
    """The page that the button of a next action opens."""

    VERSION = "version"
    NEW_TRAINING = "new_training"
    TRAINING = "training"
    NEW_RUN = "new_run"
    RUN = "run"
    RUNS = "runs"
    PROMOTE = "promote"
    PROMOTION = "promotion"
    PROMOTIONS = "promotions"


JUDGED_BY_LIMITS = {"promote", "sign", "serves"}
"""Codes that another one replaces while a figure is beyond its limit; limits block nothing."""


@dataclass(frozen=True)
class NextAction:
    """What to do next.

    Attributes:
        code: for programs; its sentence is `pipeline.next.<code>`.
        step: that the candidate has reached.
        target: of its button.
        beyond: names of the figures that break a limit of models in service.
    """

    code: str
    step: PipelineStep
    target: Target
    beyond: tuple[str, ...] = ()

    @property
    def message(self) -> Message:
        """The sentence."""
        figures = {"figures": list(self.beyond)} if self.beyond else {}
        return message(f"pipeline.next.{self.code}", **figures)


def next_action(facts: Facts) -> NextAction:
    """Return what to do with a candidate next."""
    found = _of_promotion(facts) or _of_run(facts.run) or _before_a_run(facts)
    beyond = tuple(figures_beyond(facts)) if found.code in JUDGED_BY_LIMITS else ()
    return replace(found, code=f"{found.code}_beyond", beyond=beyond) if beyond else found


def _of_promotion(facts: Facts) -> NextAction | None:
    promotion = facts.promotion
    if promotion.state is SignOff.PENDING:
        return NextAction("sign", PipelineStep.DEPLOY, Target.PROMOTION)
    if promotion.serves_production:
        return NextAction("serves", PipelineStep.DEPLOY, Target.PROMOTIONS)
    if promotion.state is SignOff.EFFECTIVE:
        return NextAction("replaced", PipelineStep.DEPLOY, Target.PROMOTIONS)
    return None


def _of_run(run: RunFacts | None) -> NextAction | None:
    if run is None:
        return None
    step, target = PipelineStep.EVALUATE, Target.RUN
    if run.is_hidden:
        # Neither the code nor the button tells what the votes come to.
        return NextAction("you_vote", step, Target.RUNS)
    if run.progress is RunProgress.SET_UP:
        return NextAction("open_run", step, target)
    if run.decision is Decision.PROMOTE:
        return NextAction("promote", PipelineStep.DEPLOY, Target.PROMOTE)
    return NextAction(_code_of(run), step, target)


def _code_of(run: RunFacts) -> str:
    """Return the code of a run that is open or closed, and does not promote."""
    if run.decision is Decision.INVALID:
        return "invalid"
    if run.decision is Decision.REJECT:
        is_unproven = run.decision_reason is DecisionReason.CANNOT_BE_SHOWN
        return "not_shown" if is_unproven else "rejected"
    return "keep_voting" if run.progress is RunProgress.OPEN else "undecided"


def _before_a_run(facts: Facts) -> NextAction:
    if facts.model:
        code = "compare" if facts.has_baseline else "compare_first"
        return NextAction(code, PipelineStep.EVALUATE, Target.NEW_RUN)
    if facts.training is not None:
        if facts.training.state is Training.UNDER_WAY:
            return NextAction("wait", PipelineStep.TRAIN, Target.TRAINING)
        if facts.training.state is Training.SUCCEEDED:
            return NextAction("registering", PipelineStep.TRAIN, Target.TRAINING)
        return NextAction("train_again", PipelineStep.TRAIN, Target.TRAINING)
    if facts.version is not None and facts.version.errors:
        return NextAction("repair", PipelineStep.FORMAT, Target.VERSION)
    return NextAction("train", PipelineStep.FORMAT, Target.NEW_TRAINING)
