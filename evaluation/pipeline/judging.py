"""All steps of a candidate with the states of their gates. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.pipeline import dataset_rules, run_rules, service_rules, training_rules
from evaluation.pipeline.facts import Facts, GateState, GateView, PipelineStep, worst
from evaluation.pipeline.next_action import NextAction, next_action
from evaluation.pipeline.rules import Rule, judge_step

RULES: tuple[Rule, ...] = (
    *dataset_rules.RULES,
    *training_rules.RULES,
    *run_rules.RULES,
    *service_rules.RULES,
)
"""Every gate of the pipeline, in the order of the page."""


@dataclass(frozen=True)
class StepView:
    """One step with its gates; it has passed when all of them have."""

    step: PipelineStep
    state: GateState
    gates: tuple[GateView, ...]


@dataclass(frozen=True)
class Pipeline:
    """The steps of a candidate and what is next."""

    steps: tuple[StepView, ...]
    next: NextAction


def judge_pipeline(facts: Facts) -> Pipeline:
    """Return the steps with their gates, and what to do next."""
    return Pipeline(tuple(_step(step, facts) for step in PipelineStep), next_action(facts))


def _step(step: PipelineStep, facts: Facts) -> StepView:
    gates = judge_step(RULES, step, facts)
    return StepView(step, worst([gate.state for gate in gates]), tuple(gates))
