"""Which models a rollback may put back in service under an alias. Pure.

A promotion or a declaration puts a model in service lawfully: by passed gates, by an override that
two leads signed, or as what served before the project came here. A rollback undoes every model that
arrived after its target, and the model that it replaces; a withdrawal undoes what served. An undone
model returns only by a new promotion, which asks for passed gates or a second lead again.

The trigger `rollback_is_lawful` on `evaluation_promotion` holds the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class AliasChangeKind(StrEnum):
    """What moved the alias, as stored in `Promotion.kind`."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    DECLARATION = "declaration"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class AliasChange:
    """One change of an alias that took effect.

    Attributes:
        kind: what moved it.
        model: id of the model that serves afterwards; of a withdrawal, the model taken out.
    """

    kind: AliasChangeKind
    model: int


def rollback_targets(moves: Iterable[AliasChange]) -> list[int]:
    """Return the ids of the models a rollback may put back, the latest arrival first.

    Args:
        moves: every change of one alias that took effect, the oldest first.
    """
    arrivals: dict[int, int] = {}  # The number of the last lawful arrival of each model.
    standing: set[int] = set()  # Models that arrived lawfully and were not undone since.
    serving: int | None = None
    for number, move in enumerate(moves):
        match move.kind:
            case AliasChangeKind.PROMOTION | AliasChangeKind.DECLARATION:
                arrivals[move.model] = number
                standing.add(move.model)
            case AliasChangeKind.ROLLBACK:
                kept_until = arrivals.get(move.model, -1)
                standing = {
                    model
                    for model in standing
                    if arrivals[model] <= kept_until and model != serving
                }
            case AliasChangeKind.WITHDRAWAL:
                standing.discard(move.model)
        serving = None if move.kind is AliasChangeKind.WITHDRAWAL else move.model
    return sorted(standing - {serving}, key=arrivals.__getitem__, reverse=True)
