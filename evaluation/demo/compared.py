"""The second half of the demo: models, a run that passed, one that did not, one under way."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from datasets.conversations.errors import RowError
from datasets.versions.models import DatasetVersion
from evaluation.demo.manifest import SECOND_RUN_ORDER_SEED
from evaluation.demo.people import PEOPLE
from evaluation.demo.rows import HERE, PromptLabels, prompt_labels
from evaluation.promotion import actions as promotion
from evaluation.promotion.models import Alias, AliasName
from evaluation.promotion.requests import PromotionRequest
from evaluation.registry.actions import registry
from evaluation.registry.local_model import ADDRESS, MODEL_ID, TUNED_ADDRESS
from evaluation.registry.models import ModelVersion
from evaluation.results.actions import closing, gates, vote_import
from evaluation.results.vote_rows import VoteRow, read_votes
from evaluation.runs.actions import answer_import
from evaluation.runs.actions.answer_plan import AnswerImport, Overlap
from evaluation.runs.lifecycle import RunState
from evaluation.runs.models import EvaluationRun
from evaluation.runs.rows import AnswerRow, read_answers
from evaluation.runs.serving_order import overlap_set
from evaluation.voting.models import Vote
from reviewapp.people.models import Project, User

BASE_MODEL = "SmolLM2-135M-Instruct"
HYPERPARAMETERS = {"method": "LoRA", "rank": 16, "learning_rate": 0.001, "batch_size": 4}
OVERLAP_VOTES = 3
GOLD_PERCENT = 10
LOCAL_CALLS_PER_MINUTE = 600

People = Mapping[str, User]


@dataclass(frozen=True)
class PromotionPlan:
    """What a lead asks for when a run is closed; with a reason, an override that waits."""

    alias: AliasName
    note: str
    override_reason: str = ""


@dataclass(frozen=True)
class DemoRun:
    """A run of the demo and its files; `promote` says what is asked for when it is closed."""

    name: str
    title: str
    baseline: str
    candidate: str
    files: str
    order_seed: int
    promote: PromotionPlan | None = None
    overlap_percent: int = 20
    gold_percent: int = 0


RUNS = (
    DemoRun(
        name="written-replies against fixed-replies",
        title="Aurora mail, replies",
        baseline="fixed-replies",
        candidate="written-replies",
        files="v3",
        order_seed=30,
        # 32 of 80 examples: agreement is judged from 30 on.
        overlap_percent=40,
        promote=PromotionPlan(
            AliasName.PRODUCTION,
            "Every gate passed. The fixed replies stay available for a rollback.",
        ),
    ),
    DemoRun(
        name="aurora-tuned-v1 against smollm2-135m",
        title="Aurora mail, first round",
        baseline="smollm2-135m",
        candidate="aurora-tuned-v1",
        files="v1",
        order_seed=10,
        promote=PromotionPlan(
            AliasName.CANARY,
            "A few customers first. Watch the intents that stayed undecided.",
            override_reason="Better overall; with 20 examples an intent cannot show more.",
        ),
    ),
    DemoRun(
        name="aurora-tuned-v2 against aurora-tuned-v1",
        title="Aurora mail, second round",
        baseline="aurora-tuned-v1",
        candidate="aurora-tuned-v2",
        files="v2",
        order_seed=SECOND_RUN_ORDER_SEED,
        gold_percent=GOLD_PERCENT,
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
    sampling: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Its address: a service without the adapters must not answer for a tuned model."""
        return ADDRESS if self.adapter is None else TUNED_ADDRESS

    @property
    def extra_body(self) -> dict[str, Any]:
        """Sampling settings, and the adapters that answer: each request has their scales."""
        if self.adapter is None:
            return dict(self.sampling)
        scales = [1.0 if number == self.adapter else 0.0 for number in range(ADAPTERS)]
        return {"lora": [{"id": number, "scale": scale} for number, scale in enumerate(scales)]}


ADAPTERS = 2
MODELS = (
    DemoModel("smollm2-135m", "The untuned model, to beat.", "As it is packaged."),
    DemoModel(
        "smollm2-135m-steady",
        "The untuned model with other settings, for a run of your own.",
        "Fewer repetitions: penalty 1.3, top-k 20.",
        sampling={"repeat_penalty": 1.3, "top_k": 20},
    ),
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
# Their answers came from people; what is said of them, by name.
WRITTEN = {
    "fixed-replies": registry.Description(
        purpose="One fixed reply for each intent and language.",
        acceptable_use="Trying Touchstone.",
        known_limitations="It never answers the question itself.",
        changelog="Written for the demo.",
    ),
    "written-replies": registry.Description(
        purpose="A reply to each question, written after the policies.",
        acceptable_use="Trying Touchstone.",
        known_limitations="Some replies promise what the policies do not.",
        changelog="Written for the demo by one of its authors.",
    ),
}


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
                base_url=model.base_url,
                model_id=MODEL_ID,
                base_model=BASE_MODEL,
                dataset_version_id=version.pk if is_tuned else None,
                hyperparameters=HYPERPARAMETERS | {"epochs": model.epochs} if is_tuned else {},
                extra_body=model.extra_body,
                limits=registry.Limits(
                    max_concurrent=1, requests_per_minute=LOCAL_CALLS_PER_MINUTE
                ),
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
            overlap=Overlap(plan.overlap_percent, OVERLAP_VOTES, _overlap(plan, votes)),
            gold_percent=plan.gold_percent,
            order_seed=plan.order_seed,
            title=plan.title,
            is_demo=True,
        ),
        rows=lambda: _answers(plan),
        actor=lead,
    )
    run_id = report.run.pk
    _describe_written(report.run, lead)
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
    drawn = overlap_set(range(len(waiting)), percent=plan.overlap_percent, seed=plan.order_seed)
    named = {key for key, number in cast.items() if number > 1}
    return frozenset(named | {waiting[number] for number in drawn})


def _describe_written(run: EvaluationRun, lead: User) -> None:
    for model in (run.baseline, run.candidate):
        if model.name in WRITTEN:
            registry.describe_model(model_id=model.pk, description=WRITTEN[model.name], actor=lead)


def finish(run: EvaluationRun, plan: PromotionPlan, leads: People) -> None:
    """Close and reveal a finished run, and ask for what its plan says."""
    if run.state == RunState.CLOSED:
        return
    lead = leads["ada"]
    if not Alias.objects.filter(project=run.project, name=Alias.Name.PRODUCTION).exists():
        promotion.declare(
            project=run.project,
            alias=Alias.Name.PRODUCTION,
            model_id=run.baseline_id,
            note="The fixed replies answered before Touchstone was set up.",
            actor=leads["henrik"],
        )
    closing.close_run(run_id=run.pk, actor=lead, reason="Every example has its votes.")
    closing.reveal_run(run_id=run.pk, actor=lead)
    gates.measure_gates(run_id=run.pk)
    request = PromotionRequest(
        run_id=run.pk, alias=plan.alias, note=plan.note, override_reason=plan.override_reason
    )
    promotion.promote(request=request, actor=lead)
