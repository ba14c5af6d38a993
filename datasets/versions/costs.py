"""The cost of training on a version, at prices with a date. Pure.

Source of the formula and the list: OpenAI's pricing page, from copies of 2026.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

TOKENS_PER_PRICE = 1_000_000
LISTED_ON = date(2026, 11, 1)


@dataclass(frozen=True)
class ListedPrice:
    """A list price for a million training tokens, for projects without a price of their own."""

    base_model: str
    usd_per_million_tokens: Decimal
    epochs: int = 3
    as_of: date = LISTED_ON


LISTED_PRICES = (
    ListedPrice("gpt-4.1", Decimal(25)),
    ListedPrice("gpt-4.1-mini", Decimal(5)),
    ListedPrice("gpt-4o", Decimal(25)),
    ListedPrice("gpt-4o-mini", Decimal(3)),
)


def training_cost(tokens: int, *, epochs: int, usd_per_million_tokens: Decimal) -> Decimal:
    """Return US dollars, to the cent: every token of the training file, once for each epoch."""
    cost = tokens * epochs * usd_per_million_tokens / TOKENS_PER_PRICE
    return cost.quantize(Decimal("0.01"))
