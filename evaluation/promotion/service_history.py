"""Which models a rollback may restore under an alias. Pure.

A model is eligible once a promotion (passed gates, or an override that two leads signed) or a
declaration put it in service. A rollback ends the eligibility of the model that it replaces and of
every model that came after its target; a withdrawal that of the model that served. Such a model
returns only by a new promotion, which needs passed gates or a second lead again.

The trigger `rollback_target_eligible` on `evaluation_promotion` checks the same rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class PromotionKind(StrEnum):
    """What a promotion does to its alias; `models.KIND_LABELS` has the names."""

    PROMOTION = "promotion"
    ROLLBACK = "rollback"
    # A statement of what served before the project used Touchstone; only for an unused alias.
    DECLARATION = "declaration"
    # The alias then points to no model; `model_version` is the one that served.
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, slots=True)
class AliasChange:
    """One change of an alias that took effect.

    Attributes:
        kind: of the change.
        model: id of the model that serves afterwards; of a withdrawal, of the one that served.
    """

    kind: PromotionKind
    model: int


def rollback_targets(changes: Iterable[AliasChange]) -> list[int]:
    """Return the ids of the models that a rollback may restore, the latest first.

    Args:
        changes: every change of one alias that took effect, the oldest first.
    """
    arrivals: dict[int, int] = {}  # Model to the number of its last promotion or declaration.
    eligible: set[int] = set()
    serving: int | None = None
    for number, change in enumerate(changes):
        match change.kind:
            case PromotionKind.PROMOTION | PromotionKind.DECLARATION:
                arrivals[change.model] = number
                eligible.add(change.model)
            case PromotionKind.ROLLBACK:
                last_kept = arrivals.get(change.model, -1)
                eligible = {
                    model for model in eligible if arrivals[model] <= last_kept and model != serving
                }
            case PromotionKind.WITHDRAWAL:
                eligible.discard(change.model)
        serving = None if change.kind is PromotionKind.WITHDRAWAL else change.model
    return sorted(eligible - {serving}, key=arrivals.__getitem__, reverse=True)
