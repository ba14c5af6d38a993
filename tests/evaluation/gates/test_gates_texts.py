"""The sentences of gates, in English and in German."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation

from evaluation.gates import Gate, GateSettings, OperationalLimits
from evaluation.gates.reasons import (
    UNDECIDED,
    above_all,
    got_worse,
    intent_claim,
    out_of_reach,
    overall_claim,
    passed,
    past_alarm,
    undecided,
    watched,
    without_advice,
)
from evaluation.gates.texts import gate_title, limit_lines
from evaluation.stats.figures import figures
from evaluation.stats.forecast import DECIDED, UNKNOWN, Forecast, Outlook
from reviewapp.core.messages import Message, message, sentences
from reviewapp.core.texts import render
from tests.evaluation.stats.samples import tally

MAY = date(2026, 5, 12)
ABOVE, BACK = figures(tally(40, 10)), figures(tally(60, 40))


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (
            passed(overall_claim(0.5), 0.5, example=118, on=MAY, now=ABOVE),
            "Better overall: the interval lies above 50 % since 12 May, example 118.",
        ),
        (
            passed(overall_claim(0.45), 0.45, example=1234, on=None, now=ABOVE),
            "Passed: the interval lies above 45 % since example 1,234.",
        ),
        (
            passed(overall_claim(0.5), 0.5, example=118, on=MAY, now=BACK),
            "Passed 50 % on example 118 (12 May), now 60 % (45-74 %).",
        ),
        (
            above_all(0.4, ABOVE),
            "Not worse by more than 10 points: the interval over all 50 examples lies above 40 %.",
        ),
        (
            got_worse("Returns", figures(tally(31, 69)), example=52),
            "Returns got worse: 31 %, interval 18-46 %, since example 52.",
        ),
        (
            past_alarm("Returns", figures(tally(44, 56)), example=52),
            "Returns was shown to be worse at its example 52; the rate is 44 % (29-59 %) now.",
        ),
        (
            watched(["Returns", "Sizing"]),
            "Returns and Sizing are watched, not gated: they were not shown to be safe.",
        ),
        (
            watched([str(number) for number in range(9)]),
            "9 intents are watched, not gated: they were not shown to be safe.",
        ),
        (
            out_of_reach(3, 0.4),
            "Cannot pass 40 % with the 3 examples left, even if the candidate won all of them.",
        ),
        (
            message("gates.not_above", threshold=0.5, upper=(0.49996, 0.5)),
            "Not above 50 %: the interval ends at 49.996 %.",
        ),
        (
            message("gates.passed_with_decision", on=MAY, example=118, now=UNDECIDED),
            "Passed on 12 May 2026, example 118. Now: Undecided. Keep voting.",
        ),
        (
            message("gates.cost_ratio", estimate=1.1, n=120, interval=(0.9, 1.3)),
            "The candidate's cost of an answer is 1.10 times the baseline's over 120 answers, "
            "bootstrap interval [0.90, 1.30].",
        ),
        (
            message("gates.latency_ratio", estimate=1, n=9, interval=(0.5, None)),
            "The candidate's p95 latency is 1.00 times the baseline's over 9 answers, "
            "bootstrap interval 0.50 or more.",
        ),
    ],
)
def test_a_reason_is_a_sentence_with_its_numbers(reason: Message, sentence: str) -> None:
    assert render(reason) == sentence


@pytest.mark.parametrize(
    ("threshold", "claim"),
    [
        (0.4, "Not worse by more than 10 points"),
        (0.49, "Not worse by more than 1 point"),
        (0.475, "Not worse by more than 2.5 points"),
        (0.5, "Better"),
        (0.55, "Better by more than 5 points"),
    ],
)
def test_the_claim_of_an_intent_names_its_distance_from_even(threshold: float, claim: str) -> None:
    assert render(intent_claim(threshold)) == claim


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Forecast(70, 40, 130, Outlook.PASS), "about 70 more examples (40-130)."),
        (Forecast(71, 36, 1_000, Outlook.PASS), "about 70 more examples (40 or more)."),
        (
            Forecast(1_234, 36, None, Outlook.FAIL),
            "about 1,200 more examples (40 or more). The candidate would not pass then.",
        ),
        (Forecast(8, 8, 8, Outlook.PASS), "about 8 more examples."),
        (Forecast(1, None, None, Outlook.PASS), "about 1 more example."),
    ],
)
def test_a_forecast_is_rounded_and_shows_its_range(found: Forecast, sentence: str) -> None:
    assert render(undecided(found, 0.5)) == f"Undecided. At the present rate {sentence}"


def test_a_forecast_without_a_number_names_none() -> None:
    assert undecided(UNKNOWN, 0.5) == undecided(DECIDED, 0.5) == UNDECIDED
    close = undecided(Forecast(None, None, None, Outlook.PASS), 0.5)
    assert close == message("gates.undecided_close", threshold=0.5)
    left = undecided(Forecast(12, 12, 12, Outlook.PASS, is_within=False), 0.5)
    assert left == message("gates.undecided_left", left=12)


def test_advice_to_vote_is_left_out_where_nobody_can() -> None:
    assert render(UNDECIDED) == "Undecided. Keep voting."
    assert render(without_advice(UNDECIDED)) == "Undecided."
    stays = sentences([message("gates.nothing_worse"), watched(["Returns"])])
    assert without_advice(stays) == stays


def test_titles_name_the_limit_in_the_language_of_the_page() -> None:
    settings = GateSettings(operational=OperationalLimits(max_cost_ratio=1.25))
    assert gate_title(Gate.COST, "", settings) == "Cost at most 1.25 times"
    assert gate_title(Gate.NO_INTENT_REGRESSES, "Returns", settings) == "Returns above 40 %"
    assert limit_lines(settings.operational) == [("Cost", "at most 1.25 times")]
    with translation.override("de"):
        assert "1,25" in gate_title(Gate.COST, "", settings)
