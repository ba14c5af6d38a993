"""The shape of a gate's rule in the pipeline: its step, and how it is judged. Pure.

A gate is added by a name (`facts.PipelineGate`), a rule in `RULES` of the module of its step, and
its title and sentences in texts.py; `display.py` links its evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evaluation.pipeline.facts import (
    Facts,
    GateState,
    GateView,
    PipelineGate,
    PipelineStep,
    VersionFacts,
)
from reviewapp.core.messages import Message, message

PASSED, FAILED, OPEN = GateState.PASSED, GateState.FAILED, GateState.OPEN
Judged = tuple[GateState, Message]


@dataclass(frozen=True, slots=True)
class Rule:
    """How one gate is judged; None where the candidate does not have the gate."""

    gate: PipelineGate
    step: PipelineStep
    judge: Callable[[Facts], Judged | None]


def of_version(judge: Callable[[VersionFacts], Judged]) -> Callable[[Facts], Judged]:
    """Return a rule about the version, which is open for a candidate without one."""

    def judge_facts(facts: Facts) -> Judged:
        if facts.version is None:
            return OPEN, message("pipeline.no_version")
        return judge(facts.version)

    return judge_facts


def judge_step(rules: Iterable[Rule], step: PipelineStep, facts: Facts) -> list[GateView]:
    """Return the gates of one step in the order of the rules."""
    judged = [(rule.gate, rule.judge(facts)) for rule in rules if rule.step is step]
    return [GateView(gate, *found) for gate, found in judged if found is not None]
