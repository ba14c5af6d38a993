"""Reads the facts about candidates: all of one for its page, and what a list shows of many."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import CharField, F, Func

from datasets.conversations.split import Split
from datasets.curation.lifecycle import State
from datasets.versions.models import DatasetItem, DatasetVersion
from datasets.versions.plans import stored_overlaps
from datasets.versions.variety import stored_diversity
from evaluation.gates import Decision, DecisionReason
from evaluation.pipeline.candidates import Candidate
from evaluation.pipeline.facts import (
    PRODUCTION,
    Facts,
    IntentCount,
    PromotionFacts,
    RunFacts,
    RunProgress,
    SignOff,
    TrainingFacts,
    TrainingState,
    VersionFacts,
)
from evaluation.promotion.models import Alias, Promotion
from evaluation.registry.models import ModelVersion
from evaluation.results.models import RunAnswerMetrics, RunDecision
from evaluation.results.reports import build_report
from evaluation.results.reports.answers import AnswerMetrics
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import (
    blinded_runs_of,
    model_denied_reason,
    runs_hidden_from,
)
from evaluation.service_reports.judging import Limits, Measurement, ServiceFigure
from evaluation.service_reports.reading import latest_figures, latest_figures_of, limits_of
from evaluation.training.curve_charts import losses_of
from evaluation.training.curves import Losses
from evaluation.training.models import Stage, TrainingRun
from reviewapp.people.models import Project, User

_PROGRESS = {
    RunState.DRAFT: RunProgress.SET_UP,
    RunState.GENERATING: RunProgress.SET_UP,
    RunState.VOTING: RunProgress.OPEN,
    RunState.CLOSED: RunProgress.CLOSED,
}
RELATED = ("project", "candidate", "baseline", "dataset_version")


def read_facts(candidate: Candidate, user: User) -> Facts:
    """Return all facts about a candidate that a user may see.

    It takes a fixed number of queries, among them those of the report of its run.
    """
    shared = _read_shared(candidate.project, [candidate], user)
    version, training = candidate.version, candidate.training
    found = shared.run_of(candidate)
    run, figures = _reported(found, shared) if found else (None, {})
    if candidate.model and not model_denied_reason(user, candidate.model.pk):
        figures |= latest_figures(candidate.model)
    return Facts(
        version=_version(version, with_policies=True) if version else None,
        training=_training(training, _losses(training, candidate.step)) if training else None,
        model=candidate.model.name if candidate.model else "",
        run=run,
        promotion=shared.promotion_of(candidate),
        has_baseline=shared.has_baseline_for(candidate),
        figures=figures,
        limits=limits_of(candidate.project),
    )


def read_light_facts(candidates: Sequence[Candidate], user: User) -> list[Facts]:
    """Return what decides how far each of these candidates of a project is.

    A fixed number of queries. Decision and figures of a run are the stored ones, which follow votes
    by seconds.
    """
    if not candidates:
        return []
    shared = _read_shared(candidates[0].project, candidates, user)
    shared = _with_figures(shared, candidates, user)
    return [_light(candidate, shared) for candidate in candidates]


def _light(candidate: Candidate, shared: _Shared) -> Facts:
    run = shared.run_of(candidate)
    version, training = candidate.version, candidate.training
    return Facts(
        version=_version(version, with_policies=False) if version else None,
        training=_training(training, ()) if training else None,
        model=candidate.model.name if candidate.model else "",
        run=_run(run, shared, shared.decisions.get(run.pk)) if run else None,
        promotion=shared.promotion_of(candidate),
        has_baseline=shared.has_baseline_for(candidate),
        figures=shared.figures.get(candidate.model.pk, {}) if candidate.model else {},
        limits=shared.limits,
    )


@dataclass(frozen=True)
class _Shared:
    """What is read at once for all candidates, by the id of the model or the run.

    Attributes:
        figures: what service and runs measured, where the project has a limit.
    """

    runs: Mapping[int, EvaluationRun] = field(default_factory=dict)
    decisions: Mapping[int, RunDecision] = field(default_factory=dict)
    promotions: Mapping[int, Promotion] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    production: int | None = None
    limits: Limits = field(default_factory=Limits)
    figures: Mapping[int, Mapping[ServiceFigure, Measurement]] = field(default_factory=dict)

    def run_of(self, candidate: Candidate) -> EvaluationRun | None:
        return self.runs.get(candidate.model.pk) if candidate.model else None

    def has_baseline_for(self, candidate: Candidate) -> bool:
        model = candidate.model
        return self.production is not None and (model is None or self.production != model.pk)

    def promotion_of(self, candidate: Candidate) -> PromotionFacts:
        if candidate.model is None:
            return PromotionFacts()
        serves_as = tuple(sorted(alias.name for alias in candidate.model.aliases.all()))
        found = self.promotions.get(candidate.model.pk)
        if found is None:
            return PromotionFacts(serves_as=serves_as)
        return PromotionFacts(_sign_off(found, serves_as), found.pk, serves_as)


def _sign_off(promotion: Promotion, serves_as: Sequence[str]) -> SignOff:
    if promotion.effective_at is None and promotion.declined_at is None:
        return SignOff.PENDING
    if promotion.effective_at is not None or PRODUCTION in serves_as:
        return SignOff.EFFECTIVE
    return SignOff.DECLINED


def _read_shared(project: Project, candidates: Iterable[Candidate], user: User) -> _Shared:
    models = [candidate.model for candidate in candidates if candidate.model]
    production = Alias.objects.filter(project=project, name=Alias.Name.PRODUCTION).first()
    production_id = production.model_version_id if production else None
    if not models:
        return _Shared(production=production_id)
    runs = _latest_runs(models)
    decisions = RunDecision.objects.filter(run__in=[run.pk for run in runs.values()])
    promotions = Promotion.objects.filter(model_version__in=models, alias=PRODUCTION)
    return _Shared(
        runs=runs,
        decisions={
            row.run_id: row for row in decisions.order_by("run_id", "-pk").distinct("run_id")
        },
        promotions={
            row.model_version_id: row
            for row in promotions.order_by("model_version_id", "-pk").distinct("model_version_id")
        },
        hidden=frozenset(runs_hidden_from(user, project)),
        production=production_id,
    )


def _with_figures(shared: _Shared, candidates: Iterable[Candidate], user: User) -> _Shared:
    """Add the figures by which the limits of the project judge; without limits there are none."""
    models = [candidate.model for candidate in candidates if candidate.model]
    limits = limits_of(models[0].project) if models else Limits()
    if limits == Limits():
        return shared
    runs = {run.pk: pk for pk, run in shared.runs.items() if run.pk not in shared.hidden}
    figures: dict[int, dict[ServiceFigure, Measurement]] = {}
    for measured in RunAnswerMetrics.objects.filter(run__in=runs):
        found = _of_answers(AnswerMetrics.from_json(measured.figures))
        figures[runs[measured.run_id]] = found
    pks = [model.pk for model in models]
    blinded = blinded_runs_of(user, pks).values_list("candidate_id", "baseline_id")
    visible = set(pks) - {pk for pair in blinded for pk in pair}
    for pk, found in latest_figures_of(visible).items():
        figures[pk] = figures.get(pk, {}) | found
    return replace(shared, limits=limits, figures=figures)


def _latest_runs(models: list[ModelVersion]) -> dict[int, EvaluationRun]:
    """Return the run of each model that was made last; one that was given up does not count."""
    found = EvaluationRun.objects.filter(candidate__in=models).select_related(*RELATED)
    found = found.exclude(state=RunState.CLOSED, opened_at=None)
    latest = found.order_by("candidate_id", "-pk").distinct("candidate_id")
    return {run.candidate_id: run for run in latest}


def _version(version: DatasetVersion, *, with_policies: bool) -> VersionFacts:
    """Return the facts about a version whose files are prefetched."""
    files = {file.split: file for file in version.files.all()}
    examples = {split: file.examples for split, file in files.items()}
    left_out = version.summary.get("left_out")
    policies = tuple(_slugs(version)) if with_policies else ()
    cited = _cited(version) if policies else frozenset()
    counts = version.summary.get("counts", {}).get("intents", [])
    train = files.get(Split.TRAIN)
    overlaps = stored_overlaps(version)
    return VersionFacts(
        number=version.number,
        train=examples.get(Split.TRAIN, 0),
        test=examples.get(Split.TEST, 0),
        total=sum(examples.values()),
        tokens=train.tokens if train else 0,
        unapproved=None
        if left_out is None
        else sum(n for reason, n in left_out.items() if reason != State.RETIRED),
        policies=policies,
        uncited=tuple(slug for slug in policies if slug not in cited),
        intents=tuple(
            IntentCount(row["label"], row["train"] + row["validation"] + row["test"])
            for row in counts
        ),
        overlaps=overlaps.counts if overlaps else None,
        diversity=stored_diversity(version.summary),
        errors=tuple(error for file in files.values() for error in file.preflight_errors),
        warnings=tuple(warning for file in files.values() for warning in file.preflight_warnings),
    )


def _slugs(version: DatasetVersion) -> list[str]:
    return list(version.project.policies.order_by("slug").values_list("slug", flat=True))


def _cited(version: DatasetVersion) -> frozenset[str]:
    """Return the slugs that an example of the version cites."""
    slugs = Func(F("revision__policies"), function="unnest", output_field=CharField())
    items = DatasetItem.objects.filter(version=version).order_by()
    return frozenset(items.annotate(slug=slugs).values_list("slug", flat=True).distinct())


def _training(training: TrainingRun, losses: Sequence[Losses]) -> TrainingFacts:
    if training.stage == Stage.SUCCEEDED:
        state = TrainingState.SUCCEEDED
    elif training.has_ended:
        state = TrainingState.ENDED_WITHOUT_MODEL
    else:
        state = TrainingState.UNDER_WAY
    usd, expected = training.cost_usd, training.expected_usd
    return TrainingFacts(
        number=training.pk,
        state=state,
        usd=None if usd is None else float(usd),
        expected_usd=None if expected is None else float(expected),
        losses=tuple(losses),
    )


def _losses(training: TrainingRun, through: int | None) -> list[Losses]:
    """Return the losses of a training, up to the step of a checkpoint."""
    metrics = training.metrics.all()
    if through is not None:
        metrics = metrics.filter(step__lte=through)
    return losses_of(list(metrics))


def _run(run: EvaluationRun, shared: _Shared, stored: RunDecision | None) -> RunFacts:
    is_hidden = run.pk in shared.hidden
    shown = None if is_hidden else stored
    return RunFacts(
        number=run.pk,
        name=run.name,
        progress=_PROGRESS[RunState(run.state)],
        is_hidden=is_hidden,
        decision=Decision(shown.decision) if shown else None,
        decision_reason=DecisionReason(shown.reason) if shown else None,
    )


def _reported(
    run: EvaluationRun, shared: _Shared
) -> tuple[RunFacts, dict[ServiceFigure, Measurement]]:
    """Return a run with the gates and figures of its own report, where the user may see them.

    The second are figures of the answers of its candidate, with what the gates on them read.
    """
    facts = _run(run, shared, None)
    if facts.is_hidden or facts.progress is RunProgress.SET_UP:
        return facts, {}
    report = build_report(run)
    shown = report.overall.figures
    seen = RunFacts(
        number=run.pk,
        name=run.name,
        progress=facts.progress,
        decision=report.decision,
        decision_reason=report.decision_reason,
        results=report.gates,
        estimate=shown.estimate,
        lower=shown.lower,
        upper=shown.upper,
        n=shown.n,
    )
    return seen, _of_answers(report.measures)


def _of_answers(measures: AnswerMetrics) -> dict[ServiceFigure, Measurement]:
    """Return what the answers of the candidate in its run tell about service."""
    answers, found = measures.candidate, {}
    if answers.p95_ms is not None:
        found[ServiceFigure.P95] = Measurement(answers.p95_ms, answers.answers)
    if answers.cost_usd is not None:
        found[ServiceFigure.COST] = Measurement(answers.cost_usd, answers.answers)
    if answers.answers:
        share = answers.refusals / answers.answers
        found[ServiceFigure.REFUSALS] = Measurement(share, answers.answers, answers.refusals)
    return found
