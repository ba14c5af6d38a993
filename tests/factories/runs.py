"""Models that can answer, and runs in their states, for tests."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from datasets.curation.models import Revision
from evaluation.gates import GateSettings
from evaluation.registry.actions import registry
from evaluation.registry.models import ModelVersion
from evaluation.runs.actions import answer_import, generation, run_setup
from evaluation.runs.actions.answer_plan import AnswerImport, AnswerImportReport
from evaluation.runs.criteria import CriterionTerms
from evaluation.runs.models import EvaluationRun
from evaluation.runs.prompts import Prompt, PromptSet
from evaluation.runs.rows import AnswerRow, ImportedAnswer
from evaluation.runs.terms import RunPlan, RunTerms
from reviewapp.people.models import Project, Role, User
from tests.factories.people import make_member, make_project

_numbers = count(1)
NOWHERE = "http://127.0.0.1:9/v1"
"""An address without a server."""


def make_model_version(
    project: Project | None = None, *, name: str = "", base_url: str = NOWHERE, **fields: Any
) -> ModelVersion:
    """Return a registered model with an OpenAI-compatible endpoint."""
    return registry.register_model(
        project=project or make_project(),
        registration=registry.Registration(
            name=name or f"model-{next(_numbers)}",
            base_url=base_url,
            model_id=fields.pop("model_id", "small"),
            **fields,
        ),
        actor=None,
    )


def make_prompts(
    examples: int = 20, *, intents: Sequence[str] = ("returns", "refunds")
) -> list[Prompt]:
    """Return prompts with alternating intents."""
    return [
        Prompt(
            key=f"p{number:04d}",
            external_id=f"p{number:04d}",
            messages=[
                {"role": "system", "content": "You help the customers of a shop."},
                {"role": "user", "content": f"Question {number}: can I send it back?"},
            ],
            intent=intents[number % len(intents)],
            language="en",
        )
        for number in range(examples)
    ]


def make_run(  # noqa: PLR0913 a factory names what a test wants to choose
    project: Project | None = None,
    *,
    examples: int = 20,
    raters: Sequence[User] | None = None,
    candidate: ModelVersion | None = None,
    baseline: ModelVersion | None = None,
    terms: dict[str, Any] | None = None,
    prompts: Iterable[Prompt] | None = None,
    intents_of: Sequence[str] = ("returns", "refunds"),
    **plan: Any,
) -> EvaluationRun:
    """Return a draft run: 20 prompts in two intents, two reviewers, one vote for each example."""
    project = project or make_project()
    if raters is None:
        raters = [make_member(project, Role.REVIEWER) for _ in range(2)]
    candidate = candidate or make_model_version(project)
    baseline = baseline or make_model_version(project)
    chosen = {"overlap_votes": max(1, min(3, len(raters)))} | (terms or {})
    return run_setup.create_run(
        project=project,
        plan=RunPlan(
            name=plan.pop("name", f"run-{next(_numbers)}"),
            candidate_id=candidate.pk,
            baseline_id=baseline.pk,
            terms=RunTerms(rater_ids=tuple(person.pk for person in raters), **chosen),
            **plan,
        ),
        prompts=PromptSet(list(prompts or make_prompts(examples, intents=intents_of))),
        actor=None,
    )


def make_answer_rows(
    examples: int = 20,
    *,
    intents: Sequence[str] = ("returns", "refunds"),
    revision: Revision | None = None,
    policies: Sequence[str] = (),
) -> list[AnswerRow]:
    """Return rows of a file of answers: a prompt with the texts of both models."""
    return [
        AnswerRow(
            line=line,
            prompt=replace(
                prompt, revision_id=revision.pk if revision else None, policies=policies
            ),
            baseline=ImportedAnswer(f"You have 30 days for item {line}.", latency_ms=120),
            candidate=ImportedAnswer(f"Of course! Item {line} can come back.", latency_ms=150),
        )
        for line, prompt in enumerate(make_prompts(examples, intents=intents), start=1)
    ]


def make_voting_run(  # noqa: PLR0913 a factory names what a test wants to choose
    project: Project | None = None,
    *,
    examples: int = 20,
    raters: Sequence[User] | int = 2,
    votes_per_example: int | None = 1,
    intents: Sequence[str] = ("returns", "refunds"),
    name: str = "",
    gates: GateSettings | None = None,
    criteria: Sequence[CriterionTerms] = (),
    revision: Revision | None = None,
    policies: Sequence[str] = (),
) -> EvaluationRun:
    """Return a run with imported answers that is open for votes; `raters` are users or a number.

    `votes_per_example=None` is a run for imported votes, without reviewers.
    """
    project = project or make_project()
    number = next(_numbers)
    report: AnswerImportReport = answer_import.import_answers(
        project=project,
        plan=AnswerImport(
            run=name or f"voting-run-{number}",
            # Blindness is tested by searching pages for these names: none may begin another word.
            baseline=f"earlier-{number}-model",
            candidate=f"tuned-{number}-model",
            votes_per_example=votes_per_example,
            gates=gates or GateSettings(),
            criteria=tuple(criteria),
        ),
        rows=lambda: make_answer_rows(
            examples, intents=intents, revision=revision, policies=policies
        ),
    )
    people = (
        [make_member(project, Role.REVIEWER) for _ in range(raters)]
        if isinstance(raters, int)
        else raters
    )
    if votes_per_example is None:
        return report.run
    return run_setup.set_raters(
        run_id=report.run.pk, rater_ids=[person.pk for person in people], actor=None
    )


def make_generating_run(
    *, max_concurrent: int = 2, requests_per_minute: int = 500, **chosen: Any
) -> EvaluationRun:
    """Return a run that waits for its answers; both models have one endpoint."""
    project = chosen.pop("project", None) or make_project()
    limits = registry.Limits(max_concurrent, requests_per_minute)
    base_url = chosen.pop("base_url", NOWHERE)
    models = [make_model_version(project, base_url=base_url, limits=limits) for _ in range(2)]
    run = make_run(project, candidate=models[0], baseline=models[1], **chosen)
    return generation.start_generation(run_id=run.pk, actor=None)
