"""Latency, cost, refusals and errors of the answers of a run, calculated once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db.models import Avg, Count, FloatField, Q
from django.db.models.aggregates import Aggregate
from django.db.models.functions import Cast, Length

from evaluation.gates import GateSettings, Operations
from evaluation.results.models import RunAnswerMetrics
from evaluation.results.reports.lengths import length_spread
from evaluation.runs.models import Answer, EvaluationRun
from evaluation.stats.intervals import Interval
from evaluation.stats.operational import Histogram, Measured, cost_ratio, p95_ratio, share_of
from reviewapp.core.messages import Message

_P50, _P95 = 0.5, 0.95


@dataclass(frozen=True)
class ModelAnswers:
    """One model's answers in a run; None where nobody measured.

    Attributes:
        answers: answers that are there.
        errors: answers that could not be had.
        refusals: answers that refuse.
        p50_ms, p95_ms: latency in milliseconds (nearest rank).
        completion_tokens, cost_usd, characters: mean of an answer.
    """

    answers: int
    errors: int
    refusals: int
    p50_ms: float | None
    p95_ms: float | None
    completion_tokens: float | None
    cost_usd: float | None
    characters: float | None


@dataclass(frozen=True)
class AnswerMetrics:
    """The answers of both models, and the candidate compared with the baseline.

    Attributes:
        operations: what the operational gates read.
        candidate, baseline: each model's answers.
        length_sd: standard deviation of the length differences, in characters.
    """

    operations: Operations
    candidate: ModelAnswers
    baseline: ModelAnswers
    length_sd: float = 0.0
    is_stored: bool = field(default=False, compare=False)

    def as_json(self) -> dict[str, Any]:
        """Return the figures in plain JSON values; an open end is null."""
        found = self.operations
        return {
            "p95_ratio": measured_as_json(found.p95_ratio),
            "cost_ratio": measured_as_json(found.cost_ratio),
            "refusals": measured_as_json(found.refusals),
            "errors": measured_as_json(found.errors),
            "candidate": asdict(self.candidate),
            "baseline": asdict(self.baseline),
            "length_sd": self.length_sd,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> AnswerMetrics:
        """Return the figures that `as_json` gave."""
        names = ("p95_ratio", "cost_ratio", "refusals", "errors")
        return cls(
            operations=Operations(**{name: _measured(stored[name]) for name in names}),
            candidate=ModelAnswers(**stored["candidate"]),
            baseline=ModelAnswers(**stored["baseline"]),
            length_sd=stored["length_sd"],
            is_stored=True,
        )


def measured_as_json(found: Measured | None) -> dict[str, Any] | None:
    """Return a figure with its bootstrap interval in plain JSON values."""
    if found is None:
        return None
    ends = found.interval
    return {
        "estimate": _finite(found.estimate),
        "lower": _finite(ends.lower) if ends else None,
        "upper": _finite(ends.upper) if ends else None,
        "n": found.n,
        "reason": found.reason.as_json() if found.reason else None,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _measured(stored: Mapping[str, Any] | None) -> Measured | None:
    if stored is None:
        return None
    estimate = stored["estimate"]
    reason = Message.from_json(stored["reason"]) if stored["reason"] else None
    if estimate is None:
        return Measured(None, None, stored["n"], reason)
    low, high = (math.inf if stored[end] is None else stored[end] for end in ("lower", "upper"))
    return Measured(estimate, Interval(low, high), stored["n"], reason)


def answer_metrics_of(run: EvaluationRun, settings: GateSettings) -> AnswerMetrics:
    """Return the figures over the run's answers, stored or calculated now. Writes nothing."""
    stored = RunAnswerMetrics.objects.filter(run=run).first()
    return AnswerMetrics.from_json(stored.figures) if stored else _calculated(run, settings)


def _calculated(run: EvaluationRun, settings: GateSettings) -> AnswerMetrics:
    candidate, baseline = _of_model(run, run.candidate_id), _of_model(run, run.baseline_id)
    latency = [_histogram(run, pk, "latency_ms") for pk in (run.candidate_id, run.baseline_id)]
    cost = [_histogram(run, pk, "cost_usd") for pk in (run.candidate_id, run.baseline_id)]
    alpha = settings.alpha
    operations = Operations(
        p95_ratio=p95_ratio(*latency, alpha=alpha),
        cost_ratio=cost_ratio(*cost, alpha=alpha),
        refusals=share_of(candidate.refusals, candidate.answers, alpha=alpha),
        errors=share_of(candidate.errors, candidate.answers + candidate.errors, alpha=alpha),
    )
    return AnswerMetrics(operations, candidate, baseline, length_spread(run))


class _Percentile(Aggregate):
    """The value at a share of the sorted values, by the nearest rank."""

    function = "percentile_disc"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _of_model(run: EvaluationRun, model_id: int) -> ModelAnswers:
    done = Q(state=Answer.State.DONE)
    found = Answer.objects.filter(run=run, model_version=model_id).aggregate(
        answers=Count("pk", filter=done),
        errors=Count("pk", filter=Q(state=Answer.State.FAILED)),
        refusals=Count("pk", filter=done & Q(is_refusal=True)),
        p50_ms=_Percentile("latency_ms", filter=done, share=_P50),
        p95_ms=_Percentile("latency_ms", filter=done, share=_P95),
        completion_tokens=Avg("completion_tokens", filter=done, output_field=FloatField()),
        # Averaged before it becomes a float: the mean does not depend on the order of the rows.
        cost_usd=Cast(Avg("cost_usd", filter=done), FloatField()),
        characters=Avg(Length("text"), filter=done, output_field=FloatField()),
    )
    return ModelAnswers(**found)


def _histogram(run: EvaluationRun, model_id: int, column: str) -> Histogram:
    """Return how many answers took, or cost, how much."""
    done = Answer.objects.filter(
        run=run, model_version=model_id, state=Answer.State.DONE, **{f"{column}__isnull": False}
    )
    groups = done.order_by().values_list(column).annotate(answers=Count("*"))
    return Histogram.of((float(value), answers) for value, answers in groups)
