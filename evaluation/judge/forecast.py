"""What judging a run costs at most, before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from evaluation.judge.models import usd_for
from evaluation.judge.terms import JudgeSampling
from evaluation.registry.models import ModelVersion

CALLS_PER_COMPARISON = 2


@dataclass(frozen=True)
class Forecast:
    """The calls, tokens and cost of a judge run at most, without retries.

    Attributes:
        calls: two for each comparison.
        tokens_in: of all requests, counted with tiktoken.
        tokens_out: of all replies, if each is as long as it may be.
        usd: at the registered prices of the model; None without them.
    """

    calls: int
    tokens_in: int
    tokens_out: int
    usd: Decimal | None

    @property
    def tokens(self) -> int:
        """All tokens together."""
        return self.tokens_in + self.tokens_out


def forecast_of(
    model: ModelVersion, request_tokens: Sequence[int], sampling: JudgeSampling
) -> Forecast:
    """Return the forecast for the tokens of each comparison's request."""
    calls = CALLS_PER_COMPARISON * len(request_tokens)
    tokens_in, tokens_out = CALLS_PER_COMPARISON * sum(request_tokens), calls * sampling.max_tokens
    return Forecast(calls, tokens_in, tokens_out, usd_for(model, tokens_in, tokens_out))
