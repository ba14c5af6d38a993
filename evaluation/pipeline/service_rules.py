"""The gates of the step deploy: figures of the answers by the project's limits, sign-off. Pure."""

from __future__ import annotations

from collections.abc import Callable

from evaluation.pipeline.facts import Facts, GateState, PipelineGate, PipelineStep, SignOff
from evaluation.pipeline.rules import FAILED, OPEN, PASSED, Judged, Rule
from evaluation.service_reports.judging import ServiceFigure, judge_figure
from reviewapp.core.messages import message

FIGURES = {
    PipelineGate.SERVING_P95: ServiceFigure.P95,
    PipelineGate.SERVING_COST: ServiceFigure.COST,
    PipelineGate.REFUSED_IN_SERVICE: ServiceFigure.REFUSALS,
    PipelineGate.SERVING_CSAT: ServiceFigure.CSAT,
}


def _of_figure(figure: ServiceFigure) -> Callable[[Facts], Judged]:
    """Return a rule about a figure that service reported, or else the run measured."""

    def judge(facts: Facts) -> Judged:
        if not facts.model:
            return OPEN, message("pipeline.no_model")
        if facts.run is not None and facts.run.is_hidden:
            return OPEN, message("pipeline.run_hidden")
        found = judge_figure(figure, facts.figures, facts.limits)
        return GateState(found.kept), found.reason

    return judge


def figures_beyond(facts: Facts) -> list[ServiceFigure]:
    """Return the figures of a candidate that do not keep the limits of its project."""
    judged = {gate: _of_figure(figure)(facts)[0] for gate, figure in FIGURES.items()}
    return [FIGURES[gate] for gate, state in judged.items() if state is FAILED]


def sign_off(facts: Facts) -> Judged:
    """Return what leads decided about the candidate in production."""
    promotion, aliases = facts.promotion, list(facts.promotion.serves_as)
    match promotion.state:
        case SignOff.EFFECTIVE if promotion.serves_production:
            return PASSED, message("pipeline.serves", aliases=aliases)
        case SignOff.EFFECTIVE:
            return PASSED, message("pipeline.served_before")
        case SignOff.PENDING:
            return OPEN, message("pipeline.sign_off_pending")
        case SignOff.DECLINED:
            return FAILED, message("pipeline.sign_off_declined")
    if aliases:
        return OPEN, message("pipeline.serves_elsewhere", aliases=aliases)
    return OPEN, message("pipeline.no_sign_off")


RULES = (
    *(Rule(gate, PipelineStep.DEPLOY, _of_figure(figure)) for gate, figure in FIGURES.items()),
    Rule(PipelineGate.SIGN_OFF, PipelineStep.DEPLOY, sign_off),
)
