"""What the pages of the pipeline show: addresses of the evidence, labels, sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from evaluation.pipeline.candidates import Candidate, CandidateKind
from evaluation.pipeline.facts import Facts, GateState, PipelineGate, PipelineStep
from evaluation.pipeline.judging import Pipeline, StepView
from evaluation.pipeline.next_action import NextAction, Target
from evaluation.pipeline.texts import BUTTONS, GATES, STATES, STEPS
from reviewapp.core.texts import render

BADGES = {GateState.PASSED: "passed", GateState.FAILED: "failed", GateState.OPEN: "open"}


@dataclass(frozen=True)
class GateRow:
    """A gate as its row shows it; `url` is that of its evidence, empty where there is none."""

    title: str | Promise
    badge: str
    label: str | Promise
    reason: str
    url: str


@dataclass(frozen=True)
class StepRow:
    """A step with the rows of its gates; `is_current` marks the one that was reached."""

    name: str
    title: str | Promise
    badge: str
    label: str | Promise
    is_current: bool
    gates: list[GateRow]


@dataclass(frozen=True)
class NextRow:
    """What is next: a sentence and a button."""

    sentence: str
    button: str | Promise
    url: str


class Addresses:
    """The addresses of what a candidate consists of; empty for what it does not have."""

    def __init__(self, candidate: Candidate, facts: Facts) -> None:
        self._slug = candidate.project.slug
        self._candidate, self._facts = candidate, facts

    def evidence(self, gate: PipelineGate) -> str:
        """Return the address of the page that shows what a gate is judged by."""
        return _EVIDENCE[gate](self)

    def target(self, target: Target) -> str:
        """Return the address that the button of a next action opens."""
        return _TARGETS[target](self)

    def version(self, part: str = "") -> str:
        version = self._facts.version
        return self._at("datasets:version", version.number) + part if version else ""

    def train_file(self) -> str:
        return self.version("#file-train")

    def test_file(self) -> str:
        return self.version("#file-test")

    def policies(self) -> str:
        return self._at("datasets:policies") if self._facts.version else ""

    def coverage(self) -> str:
        return self._at("datasets:coverage") if self._facts.version else ""

    def new_training(self) -> str:
        version = self._facts.version
        query = f"?version={version.number}" if version else ""
        return self._at("evaluation:new_training") + query

    def training(self) -> str:
        training = self._facts.training
        return self._at("evaluation:training_run", training.number) if training else ""

    def new_run(self) -> str:
        model, version = self._candidate.model, self._candidate.version
        query = f"?candidate_id={model.pk}" if model else ""
        prompts = f"&prompts={version.pk}:test" if model and version else ""
        return self._at("evaluation:new_run") + query + prompts

    def run(self) -> str:
        run = self._facts.run
        return self._at("evaluation:run", run.number) if run and not run.is_hidden else ""

    def runs(self) -> str:
        return self._at("evaluation:runs")

    def promote(self) -> str:
        run = self._facts.run
        return self._at("evaluation:promote", run.number) if run else self.promotions()

    def promotion(self) -> str:
        number = self._facts.promotion.number
        return self._at("evaluation:promotion", number) if number else self.promotions()

    def promotions(self) -> str:
        return self._at("evaluation:promotions")

    def none(self) -> str:
        return ""

    def _at(self, name: str, *args: object) -> str:
        return reverse(name, args=[self._slug, *args])


_EVIDENCE: dict[PipelineGate, Callable[[Addresses], str]] = {
    PipelineGate.APPROVED_SHARE: Addresses.version,
    PipelineGate.POLICY_COVERAGE: Addresses.policies,
    PipelineGate.DIVERSITY: Addresses.coverage,
    PipelineGate.ROLES: Addresses.train_file,
    PipelineGate.TOKEN_BUDGET: Addresses.train_file,
    PipelineGate.PREFLIGHT: Addresses.train_file,
    PipelineGate.SPLIT_OVERLAP: Addresses.test_file,
    PipelineGate.BUDGET_KEPT: Addresses.training,
    PipelineGate.LOSS_SETTLED: Addresses.training,
    PipelineGate.NO_OVERFIT: Addresses.training,
    PipelineGate.WIN_RATE: Addresses.run,
    PipelineGate.INTENT_WIN_RATES: Addresses.run,
    PipelineGate.SAMPLING_ERROR: Addresses.run,
    PipelineGate.HYGIENE: Addresses.run,
    PipelineGate.ANSWER_LIMITS: Addresses.run,
    PipelineGate.SERVING_P95: Addresses.none,
    PipelineGate.SERVING_COST: Addresses.none,
    PipelineGate.REFUSED_IN_SERVICE: Addresses.none,
    PipelineGate.SERVING_CSAT: Addresses.none,
    PipelineGate.SIGN_OFF: Addresses.promotion,
}
_TARGETS: dict[Target, Callable[[Addresses], str]] = {
    Target.VERSION: Addresses.version,
    Target.NEW_TRAINING: Addresses.new_training,
    Target.TRAINING: Addresses.training,
    Target.NEW_RUN: Addresses.new_run,
    Target.RUN: Addresses.run,
    Target.RUNS: Addresses.runs,
    Target.PROMOTE: Addresses.promote,
    Target.PROMOTION: Addresses.promotion,
    Target.PROMOTIONS: Addresses.promotions,
}


def step_rows(pipeline: Pipeline, addresses: Addresses) -> list[StepRow]:
    """Return the steps as the page shows them."""
    return [_step_row(step, pipeline.next.step, addresses) for step in pipeline.steps]


def _step_row(view: StepView, current: PipelineStep, addresses: Addresses) -> StepRow:
    return StepRow(
        name=view.step.value,
        title=STEPS[view.step],
        badge=BADGES[view.state],
        label=STATES[view.state],
        is_current=view.step is current,
        gates=[
            GateRow(
                title=GATES[gate.gate],
                badge=BADGES[gate.state],
                label=STATES[gate.state],
                reason=render(gate.reason),
                url=addresses.evidence(gate.gate),
            )
            for gate in view.gates
        ],
    )


def next_row(found: NextAction, addresses: Addresses) -> NextRow:
    """Return what is next as the page shows it."""
    return NextRow(
        sentence=render(found.message),
        button=BUTTONS[found.target],
        url=addresses.target(found.target),
    )


def page_of(candidate: Candidate) -> str:
    """Return the address of the pipeline of a candidate."""
    names = {
        CandidateKind.MODEL: "evaluation:model_pipeline",
        CandidateKind.TRAINING: "evaluation:training_pipeline",
        CandidateKind.VERSION: "evaluation:version_pipeline",
    }
    return reverse(names[candidate.kind], args=[candidate.project.slug, candidate.number])
