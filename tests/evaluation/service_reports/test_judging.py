"""Whether figures of a model keep the limits of its project."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from evaluation.service_reports.judging import (
    LEAST,
    Kept,
    Limits,
    Measurement,
    ServiceFigure,
    judge_figure,
)
from reviewapp.core.texts import render_english

LIMITS = Limits(max_p95_ms=900, max_usd=Decimal("0.002"), max_refusal_share=0.1, min_csat_share=0.8)


@pytest.mark.parametrize(
    ("figure", "kept", "beyond"),
    [
        (ServiceFigure.P95, 900, 901),
        (ServiceFigure.COST, 0.002, 0.0021),
        (ServiceFigure.REFUSALS, 0.1, 0.11),
        (ServiceFigure.CSAT, 0.8, 0.79),
    ],
)
def test_a_figure_at_its_limit_passes_and_one_beyond_fails(
    figure: ServiceFigure, kept: float, beyond: float
) -> None:
    for value, state in ((kept, Kept.PASSED), (beyond, Kept.FAILED)):
        assert judge_figure(figure, {figure: Measurement(value, LEAST)}, LIMITS).kept is state
    few = {figure: Measurement(beyond, LEAST - 1)}
    assert judge_figure(figure, few, LIMITS).kept is Kept.OPEN, "too few to judge"
    assert judge_figure(figure, {figure: Measurement(kept, LEAST)}, Limits()).kept is Kept.OPEN
    assert judge_figure(figure, {}, LIMITS).kept is Kept.OPEN


def test_the_reason_tells_figure_period_and_limit() -> None:
    starts, ends = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 8, tzinfo=UTC)
    measured = Measurement(0.02, 1000, 20, starts, ends)
    found = judge_figure(ServiceFigure.REFUSALS, {ServiceFigure.REFUSALS: measured}, LIMITS)
    assert render_english(found.reason) == (
        "20 of 1,000 answers in service, 1 Nov 2026 to 8 Nov 2026 refused (2.0 %). "
        "The limit of the project is 10.0 %."
    )
    of_run = judge_figure(ServiceFigure.P95, {ServiceFigure.P95: Measurement(850, 40)}, Limits())
    assert render_english(of_run.reason) == (
        "p95 is 850 ms over 40 answers of its run. The project has set no limit."
    )
