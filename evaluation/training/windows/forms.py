"""Forms of the time zone and the windows of trainings."""

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from evaluation.training.windows.calendar import known_zones
from reviewapp.core.forms import ActionForm

ZONE_LIST = "time-zones"


def clock_field(**fields: Any) -> forms.TimeField:
    """Return a field for a time of the day in hours and minutes."""
    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    return forms.TimeField(input_formats=["%H:%M", "%H:%M:%S"], widget=widget, **fields)


class TimeZoneForm(ActionForm):
    """The time zone of windows and schedules."""

    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput(attrs={"list": ZONE_LIST, "spellcheck": "false"}),
        help_text=_("By its place, such as Europe/Berlin. Daylight-saving time is observed."),
    )

    known_zones = staticmethod(known_zones)


class WindowForm(ActionForm):
    """A time window of the week."""

    days = forms.TypedMultipleChoiceField(
        label=_("Days on which it opens"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        initial=list(WEEKDAYS),
        widget=forms.CheckboxSelectMultiple,
    )
    starts = clock_field(label=_("From"), initial="22:00")
    ends = clock_field(
        label=_("To"),
        initial="06:00",
        help_text=_("Not after the start: on the following day."),
    )
