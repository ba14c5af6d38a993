"""Numbers and moments as people of each language write them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.utils import translation

from reviewapp.core import formats

EVENING = datetime(2026, 5, 12, 23, 30, 5, tzinfo=timezone(timedelta(hours=-2)))


@pytest.mark.parametrize(
    ("function", "english", "german"),
    [
        (lambda: formats.count(1234567), "1,234,567", "1.234.567"),
        (lambda: formats.decimal(1234.5, 2), "1,234.50", "1.234,50"),
        (lambda: formats.percent(0.573), "57 %", "57\u00a0%"),
        (lambda: formats.percent(0.575), "58 %", "58\u00a0%"),
        (lambda: formats.percent(0.565), "57 %", "57\u00a0%"),
        (lambda: formats.percent_range(0.285, 0.665), "29-67 %", "29-67\u00a0%"),
        (lambda: formats.points(0.02085), "2.1 points", "2,1 Prozentpunkte"),
        (lambda: formats.decimal(-0.125, 2), "-0.13", "-0,13"),
        (lambda: formats.decimal(-0.001, 2), "0.00", "0,00"),
        (lambda: formats.decimal_range(-0.1, 0.575, 2), "[-0.10, 0.58]", "[-0,10; 0,58]"),
        (lambda: formats.percent(0.0004), "0.1 %", "0,1\u00a0%"),
        (lambda: formats.percent(0.99999), "99.9 %", "99,9\u00a0%"),
        (lambda: formats.percent(1), "100 %", "100\u00a0%"),
        (lambda: formats.percent(None), "–", "–"),
        (lambda: formats.percent_range(0.005, 0.7), "0.5-70 %", "0,5-70\u00a0%"),
        (lambda: formats.percent_beside(0.5004, 0.5), "50.04 %", "50,04\u00a0%"),
        (lambda: formats.percent_beside(0.5, 0.5), "50 %", "50\u00a0%"),
        (lambda: formats.percent_at_most(0.05), "5 %", "5\u00a0%"),
        (lambda: formats.percent_at_most(0.05 / 4), "1.25 %", "1,25\u00a0%"),
        (lambda: formats.percent_at_most(0.05 / 49), "0.11 %", "0,11\u00a0%"),
        (lambda: formats.confidence(0.05), "95 %", "95\u00a0%"),
        (lambda: formats.confidence(0.05 / 49), "99.89 %", "99,89\u00a0%"),
        (lambda: formats.points(0.0214), "2.1 points", "2,1 Prozentpunkte"),
        (lambda: formats.count_range(120, 1500), "120-1,500", "120-1.500"),
        (lambda: formats.listed([]), "", ""),
        (lambda: formats.listed(["A"]), "A", "A"),
        (lambda: formats.listed(["A", "B", "C"]), "A, B and C", "A, B und C"),
        (lambda: formats.moment(EVENING), "13 May 2026, 01:30 UTC", "13. Mai 2026, 01:30 UTC"),
        (
            lambda: formats.moment(EVENING, seconds=True),
            "13 May 2026, 01:30:05 UTC",
            "13. Mai 2026, 01:30:05 UTC",
        ),
        (lambda: formats.moment(None), "–", "–"),
        (lambda: formats.day(EVENING), "13 May 2026", "13. Mai 2026"),
        (lambda: formats.day(date(2026, 11, 27)), "27 Nov 2026", "27. Nov. 2026"),
        (lambda: formats.day_of_year(date(2026, 12, 1)), "1 December", "1. Dezember"),
    ],
)
def test_values_are_written_as_the_language_does(
    function: Callable[[], str], english: str, german: str
) -> None:
    with translation.override("en"):
        assert function() == english
    with translation.override("de"):
        assert function() == german


def test_a_day_without_a_time_is_that_day() -> None:
    assert formats.day(date(2026, 5, 12)) == "12 May 2026"
    assert formats.day(datetime(2026, 5, 12, tzinfo=UTC)) == "12 May 2026"
