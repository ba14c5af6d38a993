"""Time windows of the week: over midnight, over a week, and when the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from evaluation.training.windows.hours import Hours, Opening, current_or_next, moment_of

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = tuple(range(7))
NIGHT = Hours(EVERY_DAY, time(22), time(6))
# The clock goes from 2:00 to 3:00 on 29 March 2026, and from 3:00 back to 2:00 on 25 October.
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def hours(opening: Opening | None) -> float:
    assert opening
    return (opening.ends - opening.starts) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        (utc(2026, 11, 27, 20, 59), utc(2026, 11, 27, 21)),  # A minute before it opens.
        (utc(2026, 11, 27, 21), utc(2026, 11, 27, 21)),  # The start is part of it.
        (utc(2026, 11, 28, 4, 59), utc(2026, 11, 27, 21)),  # After midnight.
        (utc(2026, 11, 28, 5), utc(2026, 11, 28, 21)),  # The end is not.
    ],
)
def test_a_window_over_midnight_is_open_until_the_morning(at: datetime, opens: datetime) -> None:
    opening = current_or_next([NIGHT], BERLIN, at)
    assert opening and (opening.starts, hours(opening)) == (opens, 8)


def test_a_window_belongs_to_the_day_on_which_it_opens() -> None:
    friday = Hours((4,), time(22), time(6))
    saturday_morning, saturday_evening = utc(2026, 11, 28, 3), utc(2026, 11, 28, 23)
    assert current_or_next([friday], BERLIN, saturday_morning) == Opening(
        utc(2026, 11, 27, 21), utc(2026, 11, 28, 5)
    )
    following = current_or_next([friday], BERLIN, saturday_evening)
    assert following and following.starts == utc(2026, 12, 4, 21)


def test_of_several_windows_the_open_one_comes_first() -> None:
    noon = Hours(EVERY_DAY, time(12), time(13))
    opening = current_or_next([NIGHT, noon], BERLIN, utc(2026, 11, 27, 8))
    assert opening and opening.starts == utc(2026, 11, 27, 11)
    assert current_or_next([], BERLIN, utc(2026, 11, 27)) is None


def test_equal_times_are_a_whole_day() -> None:
    opening = current_or_next([Hours((0,), time(6), time(6))], BERLIN, utc(2026, 11, 24, 4))
    assert opening == Opening(utc(2026, 11, 23, 5), utc(2026, 11, 24, 5))


@pytest.mark.parametrize(("day", "length"), [(SPRING, 7), (AUTUMN, 9)])
def test_a_night_with_a_clock_change_is_an_hour_shorter_or_longer(day: date, length: int) -> None:
    noon_before = datetime.combine(day - timedelta(days=1), time(12), BERLIN)
    assert hours(current_or_next([NIGHT], BERLIN, noon_before)) == length


def test_a_skipped_time_is_the_moment_of_the_jump() -> None:
    assert moment_of(SPRING, time(2, 30), BERLIN) == utc(2026, 3, 29, 1)
    assert moment_of(SPRING, time(3), BERLIN) == utc(2026, 3, 29, 1)


def test_a_time_that_occurs_twice_counts_once_at_its_first_occurrence() -> None:
    assert moment_of(AUTUMN, time(2, 30), BERLIN) == utc(2026, 10, 25, 0, 30)


def test_a_weekly_window_within_a_skipped_hour_opens_a_week_later() -> None:
    sunday = Hours((6,), time(2, 10), time(2, 50))
    opening = current_or_next([sunday], BERLIN, utc(2026, 3, 28))
    assert opening and opening.starts == utc(2026, 4, 5, 0, 10)
