"""The second half of the demo: two tuned models, a finished run and a run in progress."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from datasets.conversations.errors import RowError
from datasets.versions.models import DatasetVersion
from evaluation.demo.manifest import SECOND_RUN_ORDER_SEED
from evaluation.demo.people import PEOPLE
from evaluation.demo.rows import HERE, PromptLabels, prompt_labels
from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias
from evaluation.promotion.requests import PromotionRequest
from evaluation.registry.actions import registry
from evaluation.registry.models import ModelVersion
from evaluation.results.actions import closing, gates, vote_import
from evaluation.results.vote_rows import VoteRow, read_votes
from evaluation.runs.actions import answer_import
from evaluation.runs.actions.answer_import import AnswerImport, Overlap
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.rows import AnswerRow, read_answers
from evaluation.runs.serving_order import overlap_set
from evaluation.voting.models import Vote
from reviewapp.people.models import Project, User

SERVICE = "http://127.0.0.1:18081/v1"
BASE_MODEL = "SmolLM2-135M-Instruct"
MODEL_ID = "smollm2-135m"
HYPERPARAMETERS = {"method": "LoRA", "rank": 16, "learning_rate": 0.001, "batch_size": 4}
OVERLAP_VOTES = 3
OVERLAP_PERCENT = 20

People = Mapping[str, User]


@dataclass(frozen=True)
class DemoRun:
    """A run of the demo and its files."""

    name: str
    title: str
    baseline: str
    candidate: str
    files: str
    order_seed: int
    is_finished: bool


RUNS = (
    DemoRun(
        name="aurora-tuned-v1 against smollm2-135m",
        title="Aurora mail, first round",
        baseline="smollm2-135m",
        candidate="aurora-tuned-v1",
        files="v1",
        order_seed=10,
        is_finished=True,
    ),
    DemoRun(
        name="aurora-tuned-v2 against aurora-tuned-v1",
        title="Aurora mail, second round",
        baseline="aurora-tuned-v1",
        candidate="aurora-tuned-v2",
        files="v2",
        order_seed=SECOND_RUN_ORDER_SEED,
        is_finished=False,
    ),
)


@dataclass(frozen=True)
class DemoModel:
    """A model of the demo. `adapter` is the number of its adapter; None is the base model."""

    name: str
    purpose: str
    changelog: str
    adapter: int | None = None
    epochs: int = 0

    @property
    def extra_body(self) -> dict[str, Any]:
        """The adapters that answer: llama.cpp takes their scales with each request."""
        scales = [1.0 if number == self.adapter else 0.0 for number in range(ADAPTERS)]
        return {"lora": [{"id": number, "scale": scale} for number, scale in enumerate(scales)]}


ADAPTERS = 2
MODELS = (
    DemoModel("smollm2-135m", "The untuned model, to beat.", "As it is packaged."),
    DemoModel(
        "aurora-tuned-v1",
        "Answers in the voice of Aurora Care.",
        "LoRA on the train split of version 1, seven epochs.",
        adapter=1,
        epochs=7,
    ),
    DemoModel(
        "aurora-tuned-v2",
        "Answers in the voice of Aurora Care.",
        "The training of v1, stopped after four epochs.",
        adapter=0,
        epochs=4,
    ),
)


def register_models(project: Project, version: DatasetVersion, lead: User) -> None:
    """Register the untuned model and the adapters, with their intended and unsuitable uses."""
    for model in MODELS:
        if ModelVersion.objects.filter(project=project, name=model.name).exists():
            continue
        is_tuned = model.adapter is not None
        registry.register_model(
            project=project,
            registration=registry.Registration(
                name=model.name,
                base_url=SERVICE,
                model_id=MODEL_ID,
                base_model=BASE_MODEL,
                dataset_version_id=version.pk if is_tuned else None,
                hyperparameters=HYPERPARAMETERS | {"epochs": model.epochs} if is_tuned else {},
                extra_body=model.extra_body,
                description=registry.Description(
                    purpose=model.purpose,
                    acceptable_use="Trying Touchstone. Not for customers.",
                    known_limitations="A model of 135 million parameters: often wrong, and "
                    "fluent in English only.",
                    changelog=model.changelog,
                ),
            ),
            actor=lead,
        )


def make_run(project: Project, plan: DemoRun, lead: User) -> EvaluationRun:
    """Return a run with its stored answers and votes."""
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
    vote_import.import_votes(run_id=run_id, rows=votes, actor=lead, source=Vote.Source.DEMO)
    gates.measure_gates(run_id=run_id)
    return EvaluationRun.objects.get(pk=run_id)


def _answers(plan: DemoRun) -> Iterator[AnswerRow | RowError]:
    labels = prompt_labels()
    with (HERE / f"answers-{plan.files}.jsonl").open("rb") as lines:
        for row in read_answers(lines):
            yield _labelled(row, labels) if isinstance(row, AnswerRow) else row


def _labelled(row: AnswerRow, labels: Mapping[str, PromptLabels]) -> AnswerRow:
    """Return the row with language, tags and policy of its prompt."""
    return replace(row, prompt=replace(row.prompt, **vars(labels[row.prompt.key])))


def _votes(plan: DemoRun) -> Iterator[VoteRow | RowError]:
    """Return the votes with the raters' names as pages show them."""
    names = {person.key: person.name for person in PEOPLE}
    with (HERE / f"votes-{plan.files}.jsonl").open("rb") as lines:
        for row in read_votes(lines):
            yield replace(row, rater=names[row.rater]) if isinstance(row, VoteRow) else row


def _overlap(plan: DemoRun, votes: list[VoteRow | RowError]) -> frozenset[str]:
    """Return which examples need three votes: those that already have several.

    They were drawn before the votes were cast. Of the examples without votes, a fifth is drawn
    here.
    """
    cast = Counter(row.external_id for row in votes if isinstance(row, VoteRow))
    prompts = sorted(row.prompt.key for row in _answers(plan) if isinstance(row, AnswerRow))
    waiting = [key for key in prompts if key not in cast]
    drawn = overlap_set(range(len(waiting)), percent=OVERLAP_PERCENT, seed=plan.order_seed)
    named = {key for key, number in cast.items() if number > 1}
    return frozenset(named | {waiting[number] for number in drawn})


def finish(run: EvaluationRun, leads: People) -> None:
    """Close and reveal the finished run, and promote its candidate if its gates allow it."""
    if run.state == RunState.CLOSED:
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
    closing.close_run(run_id=run.pk, actor=lead, reason="Every example has its votes.")
    closing.reveal_run(run_id=run.pk, actor=lead)
    gates.measure_gates(run_id=run.pk)
    _ask_for_canary(run, lead)


def _ask_for_canary(run: EvaluationRun, lead: User) -> None:
    """Request an override that waits for the second lead: not every gate has passed."""
    promotion.promote(
        request=PromotionRequest(
            run_id=run.pk,
            alias=Alias.Name.CANARY,
            note="A few customers first. Watch the intents that stayed undecided.",
            override_reason="Better overall; with 20 examples an intent cannot show more.",
        ),
        actor=lead,
    )
