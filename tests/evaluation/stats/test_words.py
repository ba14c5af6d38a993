"""The sentences people read."""

from __future__ import annotations

from datetime import date

import pytest

from evaluation.stats.figures import figures
from evaluation.stats.forecast import DECIDED, UNKNOWN, Forecast, Outlook
from evaluation.stats.intervals import Interval
from evaluation.stats.words import (
    alarm_sentence,
    better_sentence,
    count_of,
    estimate_sentence,
    listed,
    not_worse_sentence,
    out_of_reach_sentence,
    past_alarm_sentence,
    percent,
    percent_beside,
    percent_range,
    undecided_sentence,
    watched_sentence,
)
from tests.evaluation.stats.samples import tally

MAY = date(2026, 5, 12)
PASSED = Forecast(70, 40, 130, Outlook.PASS)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "\N{EN DASH}"),
        (0, "0 %"),
        (0.0001, "0.1 %"),
        (0.0086, "0.9 %"),
        (0.01, "1 %"),
        (0.64, "64 %"),
        (0.99, "99 %"),
        (0.9908, "99.1 %"),
        (0.99999, "99.9 %"),
        (1, "100 %"),
    ],
)
def test_percent(value: float | None, said: str) -> None:
    assert percent(value) == said


def test_percent_range() -> None:
    assert percent_range(Interval(0.53, 0.74)) == "53-74 %"
    assert percent_range(figures(tally(1, 0)).interval) == "0.9-100 %"


@pytest.mark.parametrize(
    ("value", "line", "said"),
    [
        (0.5, 0.5, "50 %"),
        (0.508, 0.5, "51 %"),
        (0.504, 0.5, "50.4 %"),
        (0.49996, 0.5, "49.996 %"),
        (0.5 + 1e-12, 0.5, "50 %"),
    ],
)
def test_a_figure_beside_its_line_shows_that_it_differs(
    value: float, line: float, said: str
) -> None:
    assert percent_beside(value, line) == said


def test_counts_and_lists() -> None:
    assert (count_of(1), count_of(0), count_of(1204, "vote")) == (
        "1 example",
        "0 examples",
        "1,204 votes",
    )
    assert listed([]) == ""
    assert listed(["Returns"]) == "Returns"
    assert listed(["Returns", "Refunds", "Sizing"]) == "Returns, Refunds and Sizing"


def test_the_estimate() -> None:
    assert estimate_sentence(figures(tally(64, 36)), alpha=0.05) == (
        "Win rate 64 % (ties count half). 95 % interval 49-78 %. Look as often "
        "as you like: the chance that this interval ever misses the true win rate is at most 5 %."
    )


def test_one_win_says_one_example_first() -> None:
    said = estimate_sentence(figures(tally(1, 0)), alpha=0.05)
    assert said.startswith("1 example. Win rate 100 % (ties count half).")
    assert "interval 0.9-100 %" in said


def test_no_example_is_a_dash_and_never_a_percentage_of_wins() -> None:
    said = estimate_sentence(figures(tally(0, 0)), alpha=0.05)
    assert "\N{EN DASH}" in said
    assert "50 %" not in said


def test_passed_overall() -> None:
    above, back = figures(tally(40, 10)), figures(tally(60, 40))
    assert better_sentence(0.5, example=118, on=MAY, now=above) == (
        "Better overall: the interval lies above 50 % since 12 May, example 118."
    )
    assert better_sentence(0.5, example=118, on=None, now=above) == (
        "Better overall: the interval lies above 50 % since example 118."
    )
    assert better_sentence(0.5, example=118, on=MAY, now=back) == (
        "Passed 50 % on example 118 (12 May), now 60 % (45-74 %)."
    )
    assert better_sentence(0.5, example=118, on=None, now=back).endswith("118, now 60 % (45-74 %).")
    assert better_sentence(0.45, example=9, on=None, now=above).startswith("Passed: the interval")


@pytest.mark.parametrize(
    ("threshold", "claim"),
    [
        (0.4, "Not worse by more than 10 points:"),
        (0.49, "Not worse by more than 1 point:"),
        (0.475, "Not worse by more than 2.5 points:"),
        (0.5, "Better:"),
        (0.55, "Better by more than 5 points:"),
    ],
)
def test_passed_intent(threshold: float, claim: str) -> None:
    said = not_worse_sentence(threshold, example=30, on=None, now=figures(tally(40, 5)))
    assert said.startswith(claim)


def test_keep_voting() -> None:
    assert undecided_sentence(PASSED, 0.5) == (
        "Undecided. At the present rate about 70 more examples (40-130)."
    )
    far = Forecast(71, 36, 1_000, Outlook.PASS)
    assert undecided_sentence(far, 0.5).endswith("about 70 more examples (40 or more).")
    open_end = Forecast(1_234, 36, None, Outlook.FAIL)
    assert undecided_sentence(open_end, 0.5).endswith(
        "about 1,200 more examples (40 or more), and the candidate would not pass."
    )
    assert undecided_sentence(Forecast(8, 8, 8, Outlook.PASS), 0.5).endswith("8 more examples.")
    assert undecided_sentence(Forecast(1, None, None, Outlook.PASS), 0.5).endswith(
        "1 more example."
    )


def test_keep_voting_without_a_number() -> None:
    assert undecided_sentence(UNKNOWN, 0.5) == "Undecided. Keep voting."
    assert undecided_sentence(DECIDED, 0.5) == "Undecided. Keep voting."
    assert "too close to 50 %" in undecided_sentence(Forecast(None, None, None, Outlook.PASS), 0.5)


def test_keep_voting_although_what_is_left_will_not_do() -> None:
    assert undecided_sentence(Forecast(12, 12, 12, Outlook.PASS, is_within=False), 0.5) == (
        "Undecided. At the present rate the 12 examples left will probably not decide it."
    )


def test_alarm_watch_only_and_out_of_reach() -> None:
    assert alarm_sentence("Returns", figures(tally(31, 69))) == (
        "Returns got worse: 31 %, interval 18-46 %."
    )
    since = alarm_sentence("Returns", figures(tally(31, 69)), example=52)
    assert since.endswith("interval 18-46 %, since example 52.")
    past = past_alarm_sentence("Returns", figures(tally(44, 56)), example=52)
    assert past == "Returns had an alarm at example 52, now 44 % (29-59 %)."
    assert alarm_sentence("", figures(tally(0, 20))).startswith("The candidate got worse: 0 %")
    assert watched_sentence(["Returns"]).startswith("Returns is watched, not gated: it was not")
    assert watched_sentence(["Returns", "Sizing"]).startswith("Returns and Sizing are watched")
    assert watched_sentence(["Returns"] * 9).startswith("9 intents are watched, not gated: they")
    assert out_of_reach_sentence(3, 0.4) == (
        "Cannot pass 40 % with the 3 examples left, even if the candidate won all of them."
    )


def test_no_sentence_claims_more_than_the_interval_shows() -> None:
    said = " ".join(
        [
            estimate_sentence(figures(tally(64, 36)), alpha=0.05),
            estimate_sentence(figures(tally(0, 0)), alpha=0.05),
            better_sentence(0.5, example=1, on=MAY, now=figures(tally(3, 3))),
            not_worse_sentence(0.4, example=1, on=MAY, now=figures(tally(3, 3))),
            undecided_sentence(PASSED, 0.5),
            undecided_sentence(UNKNOWN, 0.5),
            alarm_sentence("Returns", figures(tally(18, 40))),
            watched_sentence(["Returns"]),
            out_of_reach_sentence(3, 0.4),
        ]
    ).lower()
    for word in ("significant", "equal", "sure"):
        assert word not in said
