"""Windows in words, in the active language."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext, pgettext

from evaluation.training.windows.models import TrainingWindow


def days_of(days: Iterable[int]) -> str:
    """Return days of the week, "Mon, Tue" or "every day"."""
    chosen = list(days)
    if len(chosen) == len(WEEKDAYS):
        return gettext("every day")
    if len(chosen) == 1:
        return str(WEEKDAYS[chosen[0]])
    return ", ".join(str(WEEKDAYS_ABBR[day]) for day in chosen)


def hours_of(window: TrainingWindow) -> str:
    """Return the hours of a window, "22:00 to 06:00"."""
    # Translators: the hours of a time window, such as "22:00 to 06:00".
    return gettext("%(starts)s to %(ends)s") % {
        "starts": f"{window.starts:%H:%M}",
        "ends": f"{window.ends:%H:%M}",
    }


def local_moment(value: datetime, zone: str) -> str:
    """Return a moment in a time zone: "Fri 27 Nov 2026, 22:00 Europe/Berlin"."""
    local = value.astimezone(ZoneInfo(zone))
    # Translators: a format of Django's date filter, for "Fri 27 Nov 2026, 22:00".
    shown = dateformat.format(local, pgettext("date format", "D j M Y, H:i"))
    return f"{shown} {zone}"
