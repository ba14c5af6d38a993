"""The form of the limits for models in service."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.service_reports.judging import MAX_P95_MS, Limits
from reviewapp.core.forms import ActionForm

PERCENT = 100
SHARES = ("max_refusal_share", "min_csat_share")


def _share_field(label: Any, help_text: Any = "") -> forms.FloatField:
    return forms.FloatField(
        label=label, required=False, min_value=0, max_value=PERCENT, help_text=help_text
    )


class LimitsForm(ActionForm):
    """The limits of a project; an empty field is no limit. Shares are entered in percent."""

    max_p95_ms = forms.IntegerField(
        label=_("p95 latency in milliseconds, at most"),
        required=False,
        min_value=1,
        max_value=MAX_P95_MS,
        help_text=_("The time within which 95 % of answers come. Empty: no limit."),
    )
    max_usd = forms.DecimalField(
        label=_("Cost of an answer in US dollars, at most"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=6,
    )
    max_refusal_share = _share_field(_("Answers that refuse, percent at most"))
    min_csat_share = _share_field(
        _("Satisfied customers, percent at least"),
        _("Of the ratings that service reports (CSAT)."),
    )

    def clean(self) -> dict[str, Any]:
        """Return the shares between 0 and 1."""
        given = super().clean() or self.cleaned_data
        entered = {name: given[name] for name in SHARES if given.get(name) is not None}
        return given | {name: round(value / PERCENT, 6) for name, value in entered.items()}


def initial_of(limits: Limits) -> dict[str, Any]:
    """Return the fields of a form with the limits of a project."""
    shares = {name: getattr(limits, name) for name in SHARES}
    in_percent = {
        name: None if share is None else f"{round(share * PERCENT, 4):g}"
        for name, share in shares.items()
    }
    return {"max_p95_ms": limits.max_p95_ms, "max_usd": limits.max_usd, **in_percent}
