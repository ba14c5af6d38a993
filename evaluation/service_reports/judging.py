"""Figures of a model's answers, and whether they keep the limits of its project. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from reviewapp.core.messages import Message, message, sentences

LEAST = 30
"""Answers, or ratings, without which a figure is not judged."""
MAX_P95_MS = 3_600_000
"""The largest limit on latency: an hour."""
NO_LIMIT = message("service.no_limit")


class ServiceFigure(StrEnum):
    """What service can measure of a model."""

    P95 = "p95"
    COST = "cost"
    REFUSALS = "refusals"
    CSAT = "csat"


@dataclass(frozen=True)
class Measurement:
    """A figure of a model's answers.

    Attributes:
        value: milliseconds, dollars of an answer, or a share.
        n: answers, or ratings, behind it.
        hits: answers that refuse, or ratings that are satisfied; None for other figures.
        starts, ends: its period in service; None if it is that of a run's answers.
    """

    value: float
    n: int
    hits: int | None = None
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class Limits:
    """What the answers of a model have to keep; None is no limit.

    Attributes:
        max_usd: mean cost of an answer.
        max_refusal_share, min_csat_share: 0 to 1.
    """

    max_p95_ms: int | None = None
    max_usd: Decimal | None = None
    max_refusal_share: float | None = None
    min_csat_share: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the limits in plain JSON values."""
        return {**asdict(self), "max_usd": None if self.max_usd is None else str(self.max_usd)}


class Kept(StrEnum):
    """Whether a limit is kept; open where it is not known."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True)
class JudgedFigure:
    """A figure with its limit, and whether it keeps it."""

    kept: Kept
    reason: Message
    measured: Measurement | None


def judge_figure(
    figure: ServiceFigure, found: Mapping[ServiceFigure, Measurement], limits: Limits
) -> JudgedFigure:
    """Return whether the figure keeps its limit, with figure and limit as a reason."""
    measured, limit = found.get(figure), _LIMITS[figure](limits)
    limit_text = NO_LIMIT if limit is None else message(f"service.{figure}_limit", limit=limit)
    if measured is None:
        is_csat = figure is ServiceFigure.CSAT
        missing = message("service.not_reported" if is_csat else "service.not_measured")
        return JudgedFigure(Kept.OPEN, sentences([missing, limit_text]), None)
    shown = _shown(figure, measured)
    if limit is None:
        return JudgedFigure(Kept.OPEN, sentences([shown, limit_text]), measured)
    if measured.n < LEAST:
        few = message("service.too_few", n=LEAST)
        return JudgedFigure(Kept.OPEN, sentences([shown, limit_text, few]), measured)
    is_least = figure is ServiceFigure.CSAT
    is_kept = measured.value >= limit if is_least else measured.value <= limit
    kept = Kept.PASSED if is_kept else Kept.FAILED
    return JudgedFigure(kept, sentences([shown, limit_text]), measured)


def _shown(figure: ServiceFigure, measured: Measurement) -> Message:
    if measured.starts is None or measured.ends is None:
        where = message("service.in_run")
    else:
        starts, ends = measured.starts.isoformat(), measured.ends.isoformat()
        where = message("service.in_service", starts=starts, ends=ends)
    params = {"value": measured.value, "n": measured.n, "where": where}
    if measured.hits is not None:
        params["hits"] = measured.hits
    return message(f"service.{figure}", **params)


def _usd(limits: Limits) -> float | None:
    return None if limits.max_usd is None else float(limits.max_usd)


_LIMITS: Mapping[ServiceFigure, Callable[[Limits], float | None]] = {
    ServiceFigure.P95: lambda limits: limits.max_p95_ms,
    ServiceFigure.COST: _usd,
    ServiceFigure.REFUSALS: lambda limits: limits.max_refusal_share,
    ServiceFigure.CSAT: lambda limits: limits.min_csat_share,
}
