"""The compared half of the demo: two tuned models, a finished run and one under way."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from datasets.models import DatasetVersion, Project, User
from evaluation.actions import answer_import, gates, promotion, registry, runs, studies
from evaluation.actions.answer_import import AnswerImport, Overlap
from evaluation.demo.people import PEOPLE
from evaluation.demo.rows import HERE
from evaluation.models import Alias, EvaluationRun, ModelVersion, Vote
from evaluation.rows import AnswerRow, RowError, read_answers
from evaluation.vote_rows import VoteRow, read_votes

SERVICE = "http://127.0.0.1:18081/v1"
BASE_MODEL = "SmolLM2-135M-Instruct"
OVERLAP_VOTES = 3
OVERLAP_PERCENT = 20

People = Mapping[str, User]


@dataclass(frozen=True)
class DemoRun:
    """A run of the demo and the files it is made from."""

    name: str
    title: str
    baseline: str
    candidate: str
    files: str
    order_seed: int
    is_finished: bool


def read_manifest() -> dict[str, Any]:
    """What the files are: seeds, recipe, digests."""
    stored: dict[str, Any] = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    return stored


def planned_runs() -> list[DemoRun]:
    """The runs of the demo, as the manifest describes them."""
    return [DemoRun(**plan) for plan in read_manifest()["runs"]]


def register_models(project: Project, version: DatasetVersion, lead: User) -> None:
    """The untuned model and the adapters, with what they are for and not for."""
    for plan in read_manifest()["models"]:
        if ModelVersion.objects.filter(project=project, name=plan["name"]).exists():
            continue
        is_tuned = "hyperparameters" in plan
        registry.register_model(
            project=project,
            registration=registry.Registration(
                name=plan["name"],
                base_url=SERVICE,
                model_id=plan["model_id"],
                base_model=BASE_MODEL,
                dataset_version_id=version.pk if is_tuned else None,
                hyperparameters=plan.get("hyperparameters", {}),
                extra_body=plan.get("extra_body", {}),
                description=registry.Description(
                    purpose=plan["purpose"],
                    acceptable_use="Trying Touchstone. Not for customers.",
                    known_limitations="A model of 135 million parameters: often wrong, mostly "
                    "fluent in English only.",
                    changelog=plan["changelog"],
                ),
            ),
            actor=lead,
        )


def make_run(project: Project, plan: DemoRun, lead: User) -> EvaluationRun:
    """A run with its stored answers and the votes that were cast on them."""
    existing = EvaluationRun.objects.filter(project=project, name=plan.name).first()
    if existing is not None:
        return existing
    votes = list(_votes(plan))
    report = answer_import.import_answers(
        project=project,
        plan=AnswerImport(
            run=plan.name,
            baseline=plan.baseline,
            candidate=plan.candidate,
            overlap=Overlap(OVERLAP_PERCENT, OVERLAP_VOTES, _overlap(plan, votes)),
            order_seed=plan.order_seed,
            title=plan.title,
            is_demo=True,
        ),
        rows=lambda: _answers(plan),
        actor=lead,
    )
    run_id = report.run.pk
    studies.import_votes(run_id=run_id, rows=votes, actor=lead, source=Vote.Source.DEMO)
    gates.measure_gates(run_id=run_id)
    return EvaluationRun.objects.get(pk=run_id)


def _answers(plan: DemoRun) -> Iterator[AnswerRow | RowError]:
    with (HERE / f"answers-{plan.files}.jsonl").open("rb") as lines:
        yield from read_answers(lines)


def _votes(plan: DemoRun) -> Iterator[VoteRow | RowError]:
    """The votes under the names that their raters have on pages."""
    names = {person.key: person.name for person in PEOPLE}
    with (HERE / f"votes-{plan.files}.jsonl").open("rb") as lines:
        for row in read_votes(lines):
            yield replace(row, rater=names[row.rater]) if isinstance(row, VoteRow) else row


def _overlap(plan: DemoRun, votes: list[VoteRow | RowError]) -> frozenset[str]:
    """The overlap set of the run, which was drawn before the votes were cast."""
    return frozenset(read_manifest()["overlap"][plan.files])


def finish(run: EvaluationRun, leads: People) -> None:
    """Close and reveal the finished run, and put its candidate in service if its gates allow it."""
    if run.state == EvaluationRun.State.CLOSED:
        return
    lead = leads["ada"]
    if not Alias.objects.filter(project=run.project, name=Alias.Name.PRODUCTION).exists():
        promotion.declare(
            project=run.project,
            alias=Alias.Name.PRODUCTION,
            model_id=run.baseline_id,
            note="The untuned model answered before Touchstone was set up.",
            actor=leads["henrik"],
        )
    runs.close_run(run_id=run.pk, actor=lead, reason="Every example has its votes.")
    runs.reveal_run(run_id=run.pk, actor=lead)
    gates.measure_gates(run_id=run.pk)
