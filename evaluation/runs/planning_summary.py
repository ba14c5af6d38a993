"""How a run would probably end, for the lead who sets it up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import Count

from evaluation.gates import GateSettings
from evaluation.gates.hygiene import MIN_SHARED_EXAMPLES
from evaluation.gates.planning import (
    EFFECTS,
    Assumption,
    PlannedRun,
    Simulated,
    intent_size,
    set_size,
    simulate,
)
from evaluation.runs.models import Comparison, EvaluationRun
from evaluation.runs.repeats import judging_settings
from evaluation.runs.serving_order import min_shared, overlap_size

USUAL = Assumption(0.6, 0.5)
"""A good candidate, as long as a lead assumes nothing else."""
_PROBABLE = 80
_NAMED = 4


@dataclass(frozen=True)
class VotingTerms:
    """The terms on which people vote; attributes as in `RunTerms`."""

    raters: int
    votes_per_example: int = 1
    overlap_percent: int = 20
    overlap_votes: int = 3


@dataclass(frozen=True)
class PlanRow:
    """One assumed win rate: cases of a hundred that pass, and examples that those take."""

    win_rate: float
    passed: int
    examples: int | None
    is_assumed: bool


@dataclass(frozen=True)
class RunForecast:
    """How a planned run would probably end.

    Attributes:
        plan, assumed: what was simulated.
        result: at the assumed win rate.
        rows: at others, with the same ties.
        needed: examples of a set with which it would probably pass; None if hardly any would do.
        needed_each: examples that a gated intent needs for that; None if hardly any, or none gated.
        short: gated intents that pass in less than 80 of 100 cases, the smallest first.
    """

    plan: PlannedRun
    assumed: Assumption
    result: Simulated
    rows: tuple[PlanRow, ...]
    needed: int | None
    needed_each: int | None
    short: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The first of the short intents."""
        return self.short[:_NAMED]

    @property
    def is_enough(self) -> bool:
        """Whether the run would probably pass."""
        return self.result.passed >= _PROBABLE

    @property
    def lacks_agreement(self) -> bool:
        """Whether too few examples are shared for the agreement gate ever to pass."""
        return self.plan.asks_for_agreement and self.plan.shared < MIN_SHARED_EXAMPLES


def forecast_of_run(run: EvaluationRun, terms: VotingTerms, assumed: Assumption) -> RunForecast:
    """Return how a run that is being set up would probably end."""
    served = run.comparisons.exclude(state=Comparison.State.WITHDRAWN).order_by()
    sizes = dict(served.values_list("intent__name").annotate(examples=Count("pk")))
    settings = judging_settings(run)
    return forecast_of(sizes, settings, terms, assumed)


def forecast_of(
    sizes: Mapping[str, int], settings: GateSettings, terms: VotingTerms, assumed: Assumption
) -> RunForecast:
    """Return how a run with intents of these sizes would probably end, once opened for votes."""
    plan = PlannedRun.of(
        sizes,
        replace(settings, is_tuned=True),
        raters=terms.raters,
        shared=_shared(sum(sizes.values()), settings, terms),
        votes_on_shared=max(terms.votes_per_example, terms.overlap_votes),
    )
    result = simulate(plan, assumed)
    gated = sorted(plan.gated, key=lambda intent: (intent[1], intent[0]))
    return RunForecast(
        plan=plan,
        assumed=assumed,
        result=result,
        rows=tuple(_row(plan, rate, assumed) for rate in _rates(assumed)),
        needed=set_size(plan, assumed),
        needed_each=_needed_each(plan, assumed),
        short=tuple(name for name, *_rest in gated if result.intents[name] < _PROBABLE),
    )


def _shared(examples: int, settings: GateSettings, terms: VotingTerms) -> int:
    """Return how many examples two or more people vote on."""
    if terms.votes_per_example > 1:
        return examples
    if terms.overlap_votes == 1:
        return 0
    percent = terms.overlap_percent
    return overlap_size(examples, percent=percent, at_least=min_shared(settings))


def _needed_each(plan: PlannedRun, assumed: Assumption) -> int | None:
    """Return the examples that the strictest gated intent needs."""
    lines = {line for *_rest, line in plan.gated}
    if not lines:
        return None
    return intent_size(assumed, max(lines), gated=len(plan.gated), alpha=plan.alpha)


def _rates(assumed: Assumption) -> list[float]:
    rates = sorted({*EFFECTS, assumed.win_rate})
    return [rate for rate in rates if Assumption(rate, assumed.ties).is_possible]


def _row(plan: PlannedRun, rate: float, assumed: Assumption) -> PlanRow:
    found = simulate(plan, Assumption(rate, assumed.ties))
    return PlanRow(rate, found.passed, found.examples, is_assumed=rate == assumed.win_rate)
