"""The terms of a judge run: its sampling settings and its caps. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Self

from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message

MAX_REPLY_TOKENS = 32_000
MAX_TEMPERATURE = 2.0


@dataclass(frozen=True)
class JudgeSampling:
    """The sampling settings of a judge, fixed for all its calls.

    Attributes:
        temperature: 0 to 2; None leaves it to the service, for models that accept no other.
        seed: sent to services that accept one.
        max_tokens: limit of the reply in tokens, with the reasoning of models that reason.
        uses_schema: whether the reply is asked for by a JSON schema; otherwise only in words.
    """

    temperature: float | None = 0.0
    seed: int | None = 1
    max_tokens: int = 400
    uses_schema: bool = True

    def __post_init__(self) -> None:
        if self.temperature is not None and not 0 <= self.temperature <= MAX_TEMPERATURE:
            raise InvalidInput(message("judge.temperature"), field="temperature")
        if not 1 <= self.max_tokens <= MAX_REPLY_TOKENS:
            raise InvalidInput(
                message("judge.reply_tokens", limit=MAX_REPLY_TOKENS), field="max_tokens"
            )

    def as_json(self) -> dict[str, Any]:
        """Return the settings for the column."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Return the settings that `as_json` encoded."""
        return cls(**stored)


@dataclass(frozen=True)
class Caps:
    """Limits at which a judge run stops: US dollars, tokens, or both; None is no limit."""

    usd: Decimal | None = None
    tokens: int | None = None
