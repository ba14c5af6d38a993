"""What the pages of the pipeline show: addresses of the evidence, labels, sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext

from evaluation.pipeline.candidates import Candidate, CandidateKind
from evaluation.pipeline.facts import Facts, GateState, GateView, PipelineGate, PipelineStep
from evaluation.pipeline.judging import Pipeline, StepView
from evaluation.pipeline.next_action import NextAction, Target
from evaluation.pipeline.service_rules import FIGURES
from evaluation.pipeline.texts import BUTTONS, GATES, STATES, STEPS
from evaluation.service_reports.judging import ServiceFigure
from reviewapp.core.texts import render

BADGES = {GateState.PASSED: "passed", GateState.FAILED: "failed", GateState.OPEN: "open"}


@dataclass(frozen=True)
class GateRow:
    """A gate as its row shows it.

    Attributes:
        url, evidence: address and name of the page with its evidence; empty where there is none.
    """

    title: str | Promise
    badge: str
    label: str | Promise
    reason: str
    url: str
    evidence: str


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
        self._candidate, self.facts = candidate, facts

    def evidence(self, gate: PipelineGate) -> tuple[str, str]:
        """Return address and name of the page that shows what a gate is judged by."""
        url, name = _EVIDENCE[gate](self)
        return (url, name) if url else ("", "")

    def target(self, target: Target) -> str:
        """Return the address that the button of a next action opens."""
        return _TARGETS[target](self)

    def version(self, part: str = "") -> str:
        version = self.facts.version
        return self._at("datasets:version", version.number) + part if version else ""

    def policies(self) -> str:
        return self._at("datasets:policies") if self.facts.version else ""

    def coverage(self) -> str:
        return self._at("datasets:coverage") if self.facts.version else ""

    def new_training(self) -> str:
        version = self.facts.version
        query = f"?version={version.number}" if version else ""
        return self._at("evaluation:new_training") + query

    def training(self) -> str:
        training = self.facts.training
        return self._at("evaluation:training_run", training.number) if training else ""

    def new_run(self) -> str:
        model, version = self._candidate.model, self._candidate.version
        query = f"?candidate_id={model.pk}" if model else ""
        prompts = f"&prompts={version.pk}:test" if model and version else ""
        return self._at("evaluation:new_run") + query + prompts

    def run(self) -> str:
        run = self.facts.run
        return self._at("evaluation:run", run.number) if run and not run.is_hidden else ""

    def runs(self) -> str:
        return self._at("evaluation:runs")

    def promote(self) -> str:
        run = self.facts.run
        return self._at("evaluation:promote", run.number) if run else self.promotions()

    def service(self) -> str:
        model = self._candidate.model
        return f"{self._at('evaluation:service')}?model={model.pk}" if model else ""

    def promotion(self) -> str:
        number = self.facts.promotion.number
        return self._at("evaluation:promotion", number) if number else self.promotions()

    def promotions(self) -> str:
        return self._at("evaluation:promotions")

    def _at(self, name: str, *args: object) -> str:
        return reverse(name, args=[self._slug, *args])


Evidence = Callable[[Addresses], tuple[str, str]]
"""Returns the address of a page and its name, both empty where there is none."""


def _version(addresses: Addresses, part: str = "") -> tuple[str, str]:
    version = addresses.facts.version
    name = gettext("Version %(number)s") % {"number": version.number} if version else ""
    return addresses.version(part), name


def _overlap(addresses: Addresses) -> tuple[str, str]:
    version = addresses.facts.version
    is_compared = version is not None and version.overlaps is not None
    return _version(addresses, "overlap/" if is_compared else "#file-test")


def _library(addresses: Addresses) -> tuple[str, str]:
    return addresses.policies(), gettext("Policies")


def _coverage(addresses: Addresses) -> tuple[str, str]:
    return addresses.coverage(), gettext("Coverage")


def _training(addresses: Addresses, part: str = "") -> tuple[str, str]:
    training, url = addresses.facts.training, addresses.training()
    if training is None:
        return "", ""
    return url + part, gettext("Training %(number)s") % {"number": training.number}


def _gates(addresses: Addresses) -> tuple[str, str]:
    run, url = addresses.facts.run, addresses.run()
    return f"{url}#gates-title" if url else "", gettext("Run %(name)s") % {"name": run and run.name}


def _promotion(addresses: Addresses) -> tuple[str, str]:
    return addresses.promotion(), gettext("Promotions")


def _figure(addresses: Addresses, figure: ServiceFigure) -> tuple[str, str]:
    """Return the run's answers for what it measured, else the page of models in service."""
    measured, run = addresses.facts.figures.get(figure), addresses.run()
    if measured is None or measured.ends is not None or not run:
        return addresses.service(), gettext("Models in service")
    name = addresses.facts.run and addresses.facts.run.name
    return f"{run}?show=how#run-how", gettext("Run %(name)s") % {"name": name}


_LOSSES = partial(_training, part="#losses-title")
_TRAIN_FILE = partial(_version, part="#file-train")
_EVIDENCE: dict[PipelineGate, Evidence] = {
    PipelineGate.APPROVED_SHARE: _version,
    PipelineGate.POLICY_COVERAGE: _library,
    PipelineGate.DIVERSITY: _coverage,
    PipelineGate.ROLES: _TRAIN_FILE,
    PipelineGate.TOKEN_BUDGET: _TRAIN_FILE,
    PipelineGate.PREFLIGHT: _TRAIN_FILE,
    PipelineGate.SPLIT_OVERLAP: _overlap,
    PipelineGate.BUDGET_KEPT: _training,
    PipelineGate.LOSS_SETTLED: _LOSSES,
    PipelineGate.NO_OVERFIT: _LOSSES,
    PipelineGate.WIN_RATE: _gates,
    PipelineGate.INTENT_WIN_RATES: _gates,
    PipelineGate.SAMPLING_ERROR: _gates,
    PipelineGate.HYGIENE: _gates,
    PipelineGate.ANSWER_LIMITS: _gates,
    **{gate: partial(_figure, figure=figure) for gate, figure in FIGURES.items()},
    PipelineGate.SIGN_OFF: _promotion,
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
        gates=[_gate_row(gate, addresses) for gate in view.gates],
    )


def _gate_row(gate: GateView, addresses: Addresses) -> GateRow:
    url, evidence = addresses.evidence(gate.gate)
    return GateRow(
        title=GATES[gate.gate],
        badge=BADGES[gate.state],
        label=STATES[gate.state],
        reason=render(gate.reason),
        url=url,
        evidence=evidence,
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
