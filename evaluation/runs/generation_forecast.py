"""What generating the answers of a run would take: calls, tokens, dollars at a dated price."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median

from datasets.conversations.chat import count_tokens
from evaluation.registry.models import ModelVersion
from evaluation.runs.file_answers import is_from_file
from evaluation.runs.models import Answer, Comparison, EvaluationRun
from evaluation.runs.stored_answers import ReusedFrom, reusable_answers, sources_of
from evaluation.runs.terms import Sampling
from reviewapp.jobs.models import JobState

MILLION = Decimal(1_000_000)
# Of a larger set as many prompts, evenly spread, are counted.
COUNTED_PROMPTS = 1000
EARLIER_ANSWERS = 200


@dataclass(frozen=True)
class Usage:
    """Calls with their tokens and cost; None where an answer's length or a price is unknown."""

    calls: int
    tokens_in: int
    tokens_out: int | None
    usd: Decimal | None


@dataclass(frozen=True)
class ModelForecast:
    """What the answers of one model would take.

    Attributes:
        all: without reuse.
        saved: what reuse would save of it.
        revealed: stored answers that are not reused, because reviewers know whose they are.
        is_length_assumed: whether each answer is taken to be as long as it may be, because no
            earlier answer of the model is known.
        prices_as_of: the day of the model's prices.
        from_file: answers that came from a file and are compared again, so that nothing is asked.
    """

    model: ModelVersion
    all: Usage
    saved: Usage
    revealed: int
    answers: tuple[int, ...]
    is_length_assumed: bool
    prices_as_of: date | None
    from_file: int = 0


@dataclass(frozen=True)
class GenerationForecast:
    """What generating the answers of a run would take.

    Attributes:
        sources: the runs whose answers would be reused.
        is_sampled: whether only some of the prompts were counted.
    """

    models: tuple[ModelForecast, ...]
    sources: tuple[ReusedFrom, ...]
    is_sampled: bool

    @property
    def calls(self) -> int:
        """Calls without reuse."""
        return sum(part.all.calls for part in self.models)

    @property
    def reusable(self) -> int:
        """Answers that can be reused."""
        return sum(part.saved.calls for part in self.models)

    @property
    def revealed(self) -> int:
        """Stored answers that are not reused, because reviewers know whose they are."""
        return sum(part.revealed for part in self.models)

    @property
    def usd(self) -> Decimal | None:
        """The cost without reuse; None if it is unknown for one of the models."""
        return _total(part.all.usd for part in self.models)

    @property
    def saved_usd(self) -> Decimal | None:
        """What reuse would save; None if it is unknown for one of the models."""
        return _total(part.saved.usd for part in self.models)


def forecast_generation(run: EvaluationRun) -> GenerationForecast:
    """Return the forecast for a run whose answers were not requested yet."""
    served = run.comparisons.filter(state=Comparison.State.OPEN).order_by("position")
    ids = list(served.values_list("pk", flat=True))
    step = -(-len(ids) // COUNTED_PROMPTS) or 1
    prompts = list(served.filter(pk__in=ids[::step]).values_list("prompt", flat=True))
    sampling = Sampling.from_json(run.sampling)
    messages = [sampling.request_messages(prompt) for prompt in prompts]
    models = []
    for model in (run.baseline, run.candidate):
        name = model.base_model or model.model_id
        counted = [count_tokens(part, model=name).total for part in messages]
        mean = Decimal(sum(counted)) / (len(counted) or 1)
        models.append(_of_model(run, model, len(ids), mean))
    reused = [answer for part in models for answer in part.answers]
    return GenerationForecast(tuple(models), tuple(sources_of(reused)), step > 1)


def _of_model(
    run: EvaluationRun, model: ModelVersion, calls: int, tokens_each: Decimal
) -> ModelForecast:
    length, is_assumed = _answer_length(model, Sampling.from_json(run.sampling).max_tokens)
    found = reusable_answers(run, model)
    answers = tuple(found.answers.values())
    if is_from_file(model):
        return _of_file(model, len(answers))
    return ModelForecast(
        model=model,
        all=_usage(model, calls, tokens_each, length),
        saved=_usage(model, len(answers), tokens_each, length),
        revealed=found.revealed,
        answers=answers,
        is_length_assumed=is_assumed,
        prices_as_of=model.prices_as_of,
    )


def _of_file(model: ModelVersion, answers: int) -> ModelForecast:
    """Return the forecast for a model that is not asked: its answers are here."""
    nothing = Usage(0, 0, 0, Decimal(0))
    return ModelForecast(
        model=model,
        all=nothing,
        saved=nothing,
        revealed=0,
        answers=(),
        is_length_assumed=False,
        prices_as_of=None,
        from_file=answers,
    )


def _answer_length(model: ModelVersion, limit: int | None) -> tuple[int | None, bool]:
    """Return the tokens of one answer: the median of earlier ones, else the limit."""
    earlier = Answer.objects.filter(
        model_version=model,
        state=JobState.DONE,
        completion_tokens__isnull=False,
        reused_from=None,
    )
    lengths = list(
        earlier.order_by("-pk").values_list("completion_tokens", flat=True)[:EARLIER_ANSWERS]
    )
    if not lengths:
        return limit, True
    usual = round(median(length for length in lengths if length is not None))
    return (usual if limit is None else min(usual, limit)), False


def _usage(model: ModelVersion, calls: int, tokens_each: Decimal, length: int | None) -> Usage:
    tokens_in = round(tokens_each * calls)
    tokens_out = None if length is None else length * calls
    prices = (model.usd_per_million_input_tokens, model.usd_per_million_output_tokens)
    usd = None
    if not calls:
        usd = Decimal(0)
    elif prices[0] is not None and prices[1] is not None and tokens_out is not None:
        usd = (prices[0] * tokens_in + prices[1] * tokens_out) / MILLION
    return Usage(calls, tokens_in, tokens_out, usd)


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = list(amounts)
    return None if None in known else sum((part for part in known if part is not None), Decimal(0))
