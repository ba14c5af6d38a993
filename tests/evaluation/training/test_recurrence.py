"""Recurring dates of schedules: weekdays of months and weeks, clock changes, missed dates."""

from datetime import UTC, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from evaluation.training.schedules.recurrence import LAST, Every, Rule, dates_after, last_due

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY, SUNDAY = 0, 6


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def three(rule: Rule, after: datetime) -> list[tuple[int, int, int]]:
    local = [due.astimezone(BERLIN) for due in islice(dates_after(rule, BERLIN, after), 3)]
    assert {due.time() for due in local} == {rule.at}
    return [(due.year, due.month, due.day) for due in local]


@pytest.mark.parametrize(
    ("number", "dates"),
    [
        (1, [(2026, 12, 7), (2027, 1, 4), (2027, 2, 1)]),
        (2, [(2026, 12, 14), (2027, 1, 11), (2027, 2, 8)]),
        (4, [(2026, 12, 28), (2027, 1, 25), (2027, 2, 22)]),
        (LAST, [(2026, 11, 30), (2026, 12, 28), (2027, 1, 25)]),
    ],
)
def test_a_weekday_of_the_month(number: int, dates: list[tuple[int, int, int]]) -> None:
    rule = Rule(Every.MONTH, MONDAY, time(4), number)
    assert three(rule, utc(2026, 11, 27)) == dates


def test_the_last_weekday_may_be_the_fifth() -> None:
    rule = Rule(Every.MONTH, SUNDAY, time(4), LAST)
    assert three(rule, utc(2026, 11, 27))[0] == (2026, 11, 29)


def test_a_weekday_of_each_week_begins_with_today_if_its_time_is_to_come() -> None:
    rule = Rule(Every.WEEK, 4, time(4))
    dates = [(2026, 11, 27), (2026, 12, 4), (2026, 12, 11)]
    assert three(rule, utc(2026, 11, 27, 2)) == dates
    assert three(rule, utc(2026, 11, 27, 3))[0] == dates[1], "a date is not after itself"


def test_the_wall_clock_counts_over_a_clock_change() -> None:
    rule = Rule(Every.WEEK, SUNDAY, time(4))
    found = list(islice(dates_after(rule, BERLIN, utc(2026, 3, 20)), 2))
    assert found == [utc(2026, 3, 22, 3), utc(2026, 3, 29, 2)]


def test_a_date_in_a_skipped_or_repeated_hour_comes_once() -> None:
    rule = Rule(Every.WEEK, SUNDAY, time(2, 30))
    spring = list(islice(dates_after(rule, BERLIN, utc(2026, 3, 27)), 2))
    assert spring == [utc(2026, 3, 29, 1), utc(2026, 4, 5, 0, 30)]
    autumn = list(islice(dates_after(rule, BERLIN, utc(2026, 10, 23)), 2))
    assert autumn == [utc(2026, 10, 25, 0, 30), utc(2026, 11, 1, 1, 30)]


def test_of_missed_dates_only_the_latest_is_due() -> None:
    rule = Rule(Every.WEEK, MONDAY, time(4))
    first, latest = utc(2026, 11, 2, 3), utc(2026, 11, 23, 3)
    assert last_due(rule, BERLIN, first, utc(2026, 11, 27)) == latest
    assert last_due(rule, BERLIN, first, first) == first
    assert last_due(rule, BERLIN, utc(2026, 11, 24), utc(2026, 11, 27)) is None
