"""Schedules in words, in the active language."""

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.training.schedules.recurrence import LAST, Every, Rule

NUMBER_LABELS = {
    1: _("first of the month"),
    2: _("second of the month"),
    3: _("third of the month"),
    4: _("fourth of the month"),
    LAST: _("last of the month"),
}
# Translators: the weekday of a month, such as "first Monday of the month at 02:00".
_MONTHLY = {
    1: _("first %(weekday)s of the month at %(at)s"),
    2: _("second %(weekday)s of the month at %(at)s"),
    3: _("third %(weekday)s of the month at %(at)s"),
    4: _("fourth %(weekday)s of the month at %(at)s"),
    LAST: _("last %(weekday)s of the month at %(at)s"),
}


def rule_in_words(rule: Rule) -> str:
    """Return a recurring date, "first Monday of the month at 02:00"."""
    values = {"weekday": WEEKDAYS[rule.weekday], "at": f"{rule.at:%H:%M}"}
    if rule.every == Every.WEEK:
        return gettext("every %(weekday)s at %(at)s") % values
    return str(_MONTHLY[rule.number]) % values
