"""The schemas of the API of runs."""

from datetime import date, datetime
from typing import Annotated, Literal

from ninja import Field, Schema
from pydantic import ConfigDict

from evaluation.gates import Preset

MAX_NAME_LENGTH = 120
MAX_REASON_LENGTH = 2000
MAX_REVIEWERS = 200
Name = Annotated[str, Field(max_length=MAX_NAME_LENGTH)]
ActionName = Literal[
    "start_generation",
    "pause",
    "resume",
    "retry_failed",
    "continue_without_failed",
    "remove_marks",
    "withdraw_cut",
    "withdraw_blank",
    "withdraw_trained",
    "keep_trained",
    "open_voting",
    "close",
    "reveal",
]


class RunOut(Schema):
    """A run; request its figures with its id."""

    id: int
    name: str
    state: str
    candidate: str
    baseline: str
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


class RunsOut(Schema):
    """A page of runs, the newest first; `next` is the cursor of the following page."""

    runs: list[RunOut]
    next: int | None


class ModelOut(Schema):
    """A registered model; `can_be_asked` is false for imported answers."""

    id: int
    name: str
    base_model: str
    can_be_asked: bool
    created_at: datetime


class ModelsOut(Schema):
    """The models of a project, the newest first."""

    items: list[ModelOut]


class RunIn(Schema):
    """A new run on a split of a frozen version, or on the prompts of an earlier run.

    What is left out is as the page proposes it.
    """

    model_config = ConfigDict(extra="forbid")

    # Left out, it is made of the names of the models.
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_LENGTH)] | None = None
    candidate: Name
    baseline: Name
    # A split of a version, or the id of a run whose prompts are asked again.
    version: Annotated[int, Field(gt=0, le=2**31 - 1)] | None = None
    split: Literal["train", "validation", "test"] | None = None
    prompts_of_run: Annotated[int, Field(gt=0, le=2**63 - 1)] | None = None
    title: Name | None = None
    preset: Preset | None = None
    votes_per_example: Annotated[int, Field(gt=0, le=20)] | None = None
    overlap_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    overlap_votes: Annotated[int, Field(gt=0, le=20)] | None = None
    gold_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    training_examples: Annotated[int, Field(ge=0, le=100)] | None = None
    reviewers: Annotated[list[str], Field(max_length=MAX_REVIEWERS)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(gt=0, le=100_000)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    exclude_leaked: bool = False


class RunActionIn(Schema):
    """An action on a run, and why."""

    model_config = ConfigDict(extra="forbid")

    action: ActionName
    reason: Annotated[str, Field(max_length=MAX_REASON_LENGTH)] = ""
    # Of start_generation: take stored answers to the same requests; null as the page proposes it.
    reuse_answers: bool | None = None
    # Of start_generation: ask the models whose provider has batches in batches, and what becomes
    # of answers that a batch does not bring.
    batch: bool = False
    batch_fallback: Literal["direct", "batch"] = "direct"


class AnswersOut(Schema):
    """How many answers of a run there are."""

    total: int
    done: int
    failed: int
    cost_usd: float
    reused: int = 0


class ModelForecastOut(Schema):
    """What the answers of one model would take; null where a length or a price is unknown."""

    model: str
    calls: int
    tokens_in: int
    tokens_out: int | None
    usd: float | None
    prices_as_of: date | None
    is_length_assumed: bool
    reusable: int
    saved_usd: float | None


class GenerationForecastOut(Schema):
    """What generating the answers of a run would take, and what reuse would save of it."""

    models: list[ModelForecastOut]
    calls: int
    reusable: int
    usd: float | None
    saved_usd: float | None
    reuses_by_default: bool
    is_sampled: bool


class ReasonOut(Schema):
    """A reason as a code and an English sentence."""

    code: str
    sentence: str


class TrainedMatchOut(Schema):
    """A prompt of the run, and what of the training data it is like, in percent.

    That is an example in a file of a version; or, of a model that learned preferences, the example
    of the run that they come from, with its position there. The others are null. `answer` is null
    where the prompt came without one.
    """

    position: int
    version: int | None
    split: Literal["train", "validation"] | None
    example: int | None
    preferred_in_run: int | None
    preferred_at: int | None
    kind: Literal["equal", "near_duplicate", "two_answers"]
    question: int
    answer: int | None


class TrainedMatchesOut(Schema):
    """The first 500 matches of prompts that are still in the run, the most alike first.

    `is_kept` says that a lead has decided to keep them.
    """

    prompts: int
    equal: int
    near_duplicate: int
    two_answers: int
    is_kept: bool
    items: list[TrainedMatchOut]


class RunDetailOut(Schema):
    """A run with its state, its answers, what it can do now and what keeps it from opening."""

    id: int
    name: str
    title: str
    state: str
    paused: bool
    candidate: str
    baseline: str
    votes_per_example: int
    overlap_percent: int
    overlap_votes: int
    reviewers: list[str]
    comparisons: int
    # Of the comparisons: those that were taken out before anyone saw them, and, until the run
    # opens, those with an answer that was cut at the token limit or has no visible text.
    withdrawn: int
    with_cut_answer: int
    with_blank_answer: int
    # Prompts that are like what a model of the run was trained on.
    like_training_data: int
    answers: AnswersOut
    to_review: int
    opening_errors: list[ReasonOut]
    actions: list[str]
    opened_at: datetime | None
    closed_at: datetime | None
    revealed_at: datetime | None
