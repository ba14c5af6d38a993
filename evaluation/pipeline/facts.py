"""The facts about one candidate that the gates of its pipeline read. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from datasets.similarity.variety import Diversity
from datasets.versions.overlaps import FilesCount
from evaluation.gates import Decision, DecisionReason, GateResult
from evaluation.service_reports.judging import Limits, Measurement, ServiceFigure
from evaluation.training.curves import Losses
from reviewapp.core.messages import Message


class PipelineStep(StrEnum):
    """The steps of a candidate, in their order."""

    CURATE = "curate"
    FORMAT = "format"
    TRAIN = "train"
    EVALUATE = "evaluate"
    DEPLOY = "deploy"


class PipelineGate(StrEnum):
    """Names of the gates of the pipeline, as the API prints them."""

    APPROVED_SHARE = "approved_share"
    POLICY_COVERAGE = "policy_coverage"
    DIVERSITY = "diversity"
    ROLES = "roles"
    TOKEN_BUDGET = "token_budget"  # noqa: S105 - tokens of a text
    PREFLIGHT = "preflight"
    SPLIT_OVERLAP = "split_overlap"
    BUDGET_KEPT = "budget_kept"
    LOSS_SETTLED = "loss_settled"
    NO_OVERFIT = "no_overfit"
    WIN_RATE = "win_rate"
    INTENT_WIN_RATES = "intent_win_rates"
    SAMPLING_ERROR = "sampling_error"
    HYGIENE = "hygiene"
    ANSWER_LIMITS = "answer_limits"
    SERVING_P95 = "serving_p95"
    SERVING_COST = "serving_cost"
    REFUSED_IN_SERVICE = "serving_refusals"
    SERVING_CSAT = "serving_csat"
    SIGN_OFF = "sign_off"


class GateState(StrEnum):
    """The state of a gate or of a step; open means that it is not known yet."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True)
class IntentCount:
    """The examples of an intent in all files of a version; an empty name means no intent."""

    name: str
    examples: int


@dataclass(frozen=True)
class VersionFacts:
    """A frozen version.

    Attributes:
        number: of the version in its project.
        train, test: examples in these files when it was frozen.
        total: examples in all files.
        tokens: of the training file.
        unapproved: examples that were left out because nobody had approved them, without retired
            ones; None if the version did not store it.
        policies, uncited: slugs of the library's policies, and of those that no example cites.
        intents: examples by intent, the most first.
        overlaps: how many examples were much alike, by files and kind; None if they were not
            looked for when it was frozen.
        diversity: of the approved examples as a share of the imports, when it was frozen; None if
            there were too few, or if it was not measured yet.
        errors, warnings: of the preflight, in the stored bytes of all files.
    """

    number: int
    train: int
    test: int
    total: int
    tokens: int
    unapproved: int | None
    policies: tuple[str, ...] = ()
    uncited: tuple[str, ...] = ()
    intents: tuple[IntentCount, ...] = ()
    overlaps: tuple[FilesCount, ...] | None = None
    diversity: Diversity | None = None
    errors: tuple[Message, ...] = ()
    warnings: tuple[Message, ...] = ()


class TrainingState(StrEnum):
    """Whether a training runs, or how it ended."""

    UNDER_WAY = "under_way"
    SUCCEEDED = "succeeded"
    ENDED_WITHOUT_MODEL = "ended_without_model"


@dataclass(frozen=True)
class TrainingFacts:
    """A training that was made here.

    Attributes:
        number: of the training.
        usd, expected_usd: its cost and its forecast; None if they are not known.
        losses: by step, up to the step of the candidate.
    """

    number: int
    state: TrainingState
    usd: float | None = None
    expected_usd: float | None = None
    losses: tuple[Losses, ...] = ()


class RunProgress(StrEnum):
    """How far the run of a candidate is."""

    SET_UP = "set_up"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class RunFacts:
    """The run that compares the candidate, as its own page has it.

    Attributes:
        is_hidden: whether the reader votes in it; then there are neither gates nor figures.
        decision, decision_reason: that follow from its gates; None while it is hidden or set up.
        results: every gate; empty where they were not read.
        estimate, lower, upper, n: win rate with its interval over n counted examples.
    """

    number: int
    name: str
    progress: RunProgress
    is_hidden: bool = False
    decision: Decision | None = None
    decision_reason: DecisionReason | None = None
    results: tuple[GateResult, ...] = ()
    estimate: float | None = None
    lower: float = 0.0
    upper: float = 1.0
    n: int = 0


PRODUCTION = "production"


class SignOff(StrEnum):
    """What leads decided about the candidate: its latest request for production."""

    NONE = "none"
    PENDING = "pending"
    DECLINED = "declined"
    EFFECTIVE = "effective"


@dataclass(frozen=True)
class PromotionFacts:
    """The latest promotion of the candidate to production, and its aliases of today.

    Attributes:
        number: of the promotion; None without any.
        serves_as: names of the aliases that point to it now.
    """

    state: SignOff = SignOff.NONE
    number: int | None = None
    serves_as: tuple[str, ...] = ()

    @property
    def serves_production(self) -> bool:
        """Whether it is in production now."""
        return PRODUCTION in self.serves_as


@dataclass(frozen=True)
class Facts:
    """Everything that is known of a candidate.

    Attributes:
        version: that it is or was trained on; None for a model without one.
        training: None while nothing was trained here.
        model: its name; empty while there is no model.
        has_baseline: whether a model is in production, which the candidate can be compared with.
        figures: of its answers in service, or else in its run.
        limits: of the project for models in service.
    """

    version: VersionFacts | None = None
    training: TrainingFacts | None = None
    model: str = ""
    run: RunFacts | None = None
    promotion: PromotionFacts = field(default_factory=PromotionFacts)
    has_baseline: bool = False
    figures: Mapping[ServiceFigure, Measurement] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class GateView:
    """The state of one gate with its reason."""

    gate: PipelineGate
    state: GateState
    reason: Message


def issue_codes(reported: Message) -> Iterator[str]:
    """Yield the code of an issue of the preflight, also within the message with its lines."""
    yield reported.code
    if isinstance(issue := reported.params.get("issue"), Message):
        yield from issue_codes(issue)


def worst(states: list[GateState]) -> GateState:
    """Return failed if one failed, else open if one is open or there is none, else passed."""
    if GateState.FAILED in states:
        return GateState.FAILED
    if not states or GateState.OPEN in states:
        return GateState.OPEN
    return GateState.PASSED
