"""Numbers, percentages and times as text in the active language.

For people only: JSON, CSV and other data for programs keep plain numbers and ISO times. All
numbers are rounded in one place, half up (away from zero), as people expect: 57.5 is 58.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.translation import get_language_info, gettext, pgettext

NOTHING: Final = "\N{EN DASH}"
"""What is shown in place of a value that is not there yet."""
_MAX_DECIMALS: Final = 6


def count(value: int) -> str:
    """Return a whole number with thousands separators: "1,234", in German "1.234"."""
    return decimal(value, 0)


def decimal(value: float | Decimal, places: int) -> str:
    """Return a number rounded half up to a number of decimals: "0.50", in German "0,50"."""
    return number_format(f"{rounded(value, places):f}", use_l10n=True, force_grouping=True)


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Return a number rounded half up to a number of decimals, as it is written in decimal.

    0.285 becomes 0.29, although its binary form is a shade below.
    """
    found = _exact(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return found or abs(found)  # Never "-0".


def _exact(value: float | Decimal) -> Decimal:
    """Return a number by its shortest decimal form."""
    if isinstance(value, int | Decimal):
        return Decimal(value)
    return Decimal(repr(float(value)))


def _hundredths(proportion: float) -> Decimal:
    return 100 * _exact(proportion)


def decimal_range(lower: float, upper: float, places: int) -> str:
    """Return an interval of numbers that may be negative: "[-0.10, 0.58]"."""
    # Translators: an interval of decimal numbers; use a semicolon where the comma is decimal.
    return gettext("[%(lower)s, %(upper)s]") % {
        "lower": decimal(lower, places),
        "upper": decimal(upper, places),
    }


def percent_number(value: float) -> str:
    """Return a proportion in percent without the sign, "64"; one decimal below 1 and above 99.

    "0" and "100" are kept for what is exactly 0 or 1.

    Args:
        value: between 0 and 1.
    """
    hundredths = _hundredths(value)
    if value <= 0 or value >= 1 or 1 <= hundredths <= 99:  # noqa: PLR2004 - percent.
        return decimal(hundredths, 0)
    return decimal(min(Decimal("99.9"), max(Decimal("0.1"), hundredths)), 1)


def percent(value: float | None) -> str:
    """Return a proportion between 0 and 1 in percent, "64 %" or "0.9 %"; a dash for None."""
    return NOTHING if value is None else _with_sign(percent_number(value))


def percent_at_most(value: float) -> str:
    """Return an upper bound in percent, rounded up to two decimals at most: "5 %", "1.25 %".

    Rounded down it would promise more than is true.

    Args:
        value: between 0 and 1.
    """
    return _percent_of(_rounded_up(value))


def confidence(alpha: float) -> str:
    """Return what an interval promises in percent, rounded down: "95 %", "98.75 %".

    Args:
        alpha: the chance that the interval misses, between 0 and 1.
    """
    return _percent_of(100 - _rounded_up(alpha))


def _rounded_up(value: float) -> Decimal:
    return _hundredths(value).quantize(Decimal("0.01"), ROUND_CEILING)


def _percent_of(hundredths: Decimal) -> str:
    """Return hundredths with two decimals as text, without zeros at the end."""
    places = next(n for n in range(3) if hundredths == round(hundredths, n))
    return _with_sign(decimal(hundredths, places))


def percent_range(lower: float, upper: float) -> str:
    """Return an interval of proportions between 0 and 1 in percent: "53-74 %"."""
    return _with_sign(f"{percent_number(lower)}-{percent_number(upper)}")


def percent_beside(value: float, line: float) -> str:
    """Return a proportion with as many decimals as are needed to distinguish it from a limit.

    Args:
        value: between 0 and 1.
        line: the limit with which the value is compared, between 0 and 1.
    """
    if value == line or percent(value) != percent(line):
        return percent(value)
    for places in range(1, _MAX_DECIMALS + 1):
        shown = decimal(_hundredths(value), places)
        if shown != decimal(_hundredths(line), places):
            return _with_sign(shown)
    return percent(value)


def points(value: float) -> str:
    """Return a difference of proportions in percentage points: "2.1 points"."""
    return gettext("%(number)s points") % {"number": decimal(_hundredths(value), 1)}


def count_range(low: int, high: int) -> str:
    """Return two whole numbers as a range, "120-1,500"; one number where they are equal."""
    return count(low) if low == high else f"{count(low)}-{count(high)}"


def listed(names: Sequence[object]) -> str:
    """Return names as a list: "Returns, Refunds and Sizing"."""
    words = [str(name) for name in names]
    if len(words) < 2:  # noqa: PLR2004 - one name needs no "and".
        return "".join(words)
    # Translators: the end of a list, such as "Returns, Refunds and Sizing".
    return gettext("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def language_name(code: str) -> str:
    """Return the name of a language ("German" for "de"), or its code if the name is not known."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def listed_languages(codes: Sequence[str]) -> str:
    """Return languages by name as a list: "English and German"."""
    return listed(sorted(language_name(code) for code in codes))


def moment(value: datetime | None, *, seconds: bool = False) -> str:
    """Return a time with its zone, "12 May 2026, 09:30 UTC"; a dash for None."""
    if value is None:
        return NOTHING
    # Translators: a format of Django's date filter, for "12 May 2026, 09:30:15".
    with_seconds = pgettext("date format", "j M Y, H:i:s")
    # Translators: a format of Django's date filter, for "12 May 2026, 09:30".
    with_minutes = pgettext("date format", "j M Y, H:i")
    shown = dateformat.format(value.astimezone(UTC), with_seconds if seconds else with_minutes)
    return f"{shown} UTC"


def day(value: date | None) -> str:
    """Return a day, "12 May 2026"; a dash for None. A time counts by its day in UTC."""
    if value is None:
        return NOTHING
    # Translators: a format of Django's date filter, for "12 May 2026".
    return dateformat.format(_in_utc(value), pgettext("date format", "j M Y"))


def day_of_year(value: date) -> str:
    """Return a day without its year: "12 May"."""
    # Translators: a format of Django's date filter, for "12 May".
    return dateformat.format(_in_utc(value), pgettext("date format", "j F"))


def day_range(first: date, last: date) -> str:
    """Return a day, or both ends of a span of days: "5 May 2026 to 9 May 2026"."""
    if first == last:
        return day(first)
    return gettext("%(first)s to %(last)s") % {"first": day(first), "last": day(last)}


def ends_of_days(spans: Sequence[tuple[date, date]]) -> list[tuple[int, str]]:
    """Return the labels of the first and the last of some spans of days, with their numbers."""
    ends = sorted({0, len(spans) - 1})
    return [(number, day_of_year(spans[number][0])) for number in ends]


def _in_utc(value: date) -> date:
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _with_sign(number: str) -> str:
    # Translators: a percentage.
    return gettext("%(number)s %%") % {"number": number}
