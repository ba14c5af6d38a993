"""The gates of the step evaluate: the gates of the run. Pure.

Nothing is calculated here: the gates of a run come from its report, which its page shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from evaluation.gates import Gate, GateResult, State
from evaluation.gates.titles import GateKind, gate_kind
from evaluation.pipeline.facts import (
    Facts,
    GateState,
    PipelineGate,
    PipelineStep,
    RunFacts,
    RunProgress,
    worst,
)
from evaluation.pipeline.rules import OPEN, PASSED, Judged, Rule
from reviewapp.core.messages import message

SHOWN = 3
STATES = {
    State.PASSED: GateState.PASSED,
    State.FAILED: GateState.FAILED,
    State.INSUFFICIENT: GateState.OPEN,
}


def _of_run(judge: Callable[[RunFacts], Judged | None]) -> Callable[[Facts], Judged | None]:
    def judge_facts(facts: Facts) -> Judged | None:
        run = facts.run
        if run is None:
            return OPEN, message("pipeline.no_run" if facts.model else "pipeline.no_model")
        if run.is_hidden:
            return OPEN, message("pipeline.run_hidden")
        if run.progress is RunProgress.SET_UP:
            return OPEN, message("pipeline.run_set_up")
        return judge(run)

    return judge_facts


def _worst_of(results: Iterable[GateResult]) -> tuple[GateState, GateResult | None]:
    """Return the state of several gates together, with the first that decides it."""
    found = list(results)
    state = worst([STATES[result.state] for result in found])
    return state, next((result for result in found if STATES[result.state] is state), None)


def win_rate(run: RunFacts) -> Judged:
    """Return the gates on the whole run together."""
    state, first = _worst_of(_of_kind(run, GateKind.OVERALL))
    return state, first.reason if first else message("pipeline.no_overall_gate")


def intent_win_rates(run: RunFacts) -> Judged:
    """Return the gates of all intents and criteria together."""
    results = _of_kind(run, GateKind.INTENTS, GateKind.CRITERIA)
    if not results:
        return OPEN, message("pipeline.no_gated_intent")
    state, _first = _worst_of(results)
    named = [result.subject for result in results if STATES[result.state] is state]
    shown = {"names": named[:SHOWN], "n": len(named), "total": len(results)}
    return state, message(f"pipeline.intents_{state.value}", **shown)


def sampling_error(run: RunFacts) -> Judged:
    """Return whether the interval is narrow enough to decide the gate on the whole run."""
    decided = [result for result in run.results if result.gate is Gate.OVERALL_SUPERIORITY]
    if run.estimate is None or not decided:
        return OPEN, message("pipeline.nothing_counted")
    shown = {
        "rate": run.estimate,
        "interval": [run.lower, run.upper],
        "n": run.n,
        "half": (run.upper - run.lower) / 2,
    }
    if decided[0].state is State.INSUFFICIENT:
        return OPEN, message("pipeline.too_wide", **shown)
    return PASSED, message("pipeline.narrow_enough", **shown)


def hygiene(run: RunFacts) -> Judged:
    """Return the gates on the voting itself together."""
    results = _of_kind(run, GateKind.HYGIENE)
    state, first = _worst_of(results)
    if state is PASSED:
        return state, message("pipeline.hygiene_passed", n=len(results))
    return state, first.reason if first else message("pipeline.nothing_counted")


def answer_limits(run: RunFacts) -> Judged | None:
    """Return the run's limits on latency, cost, refusals and errors; None without any."""
    results = _of_kind(run, GateKind.OPERATIONS)
    state, first = _worst_of(results)
    if first is None:
        return None
    if state is PASSED:
        return state, message("pipeline.limits_kept", n=len(results))
    return state, first.reason


def _of_kind(run: RunFacts, *kinds: GateKind) -> list[GateResult]:
    return [result for result in run.results if gate_kind(result.gate) in kinds]


RULES = (
    Rule(PipelineGate.WIN_RATE, PipelineStep.EVALUATE, _of_run(win_rate)),
    Rule(PipelineGate.INTENT_WIN_RATES, PipelineStep.EVALUATE, _of_run(intent_win_rates)),
    Rule(PipelineGate.SAMPLING_ERROR, PipelineStep.EVALUATE, _of_run(sampling_error)),
    Rule(PipelineGate.HYGIENE, PipelineStep.EVALUATE, _of_run(hygiene)),
    Rule(
        PipelineGate.ANSWER_LIMITS,
        PipelineStep.EVALUATE,
        lambda facts: _of_run(answer_limits)(facts) if facts.run and facts.run.results else None,
    ),
)
