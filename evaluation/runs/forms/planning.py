"""The form of what is assumed of a candidate before a run."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates.planning import Assumption
from evaluation.runs.planning_summary import USUAL, VotingTerms
from evaluation.runs.terms import HUNDRED, MAX_VOTES_PER_EXAMPLE

_MIN, _MAX = 1, 99


def _votes() -> forms.IntegerField:
    return forms.IntegerField(required=False, min_value=1, max_value=MAX_VOTES_PER_EXAMPLE)


class AssumptionForm(forms.Form):
    """The win rate and the share of ties that a lead assumes, in percent."""

    assumed_rate = forms.IntegerField(
        label=_("Assumed win rate in percent"),
        min_value=_MIN,
        max_value=_MAX,
        initial=round(HUNDRED * USUAL.win_rate),
    )
    assumed_ties = forms.IntegerField(
        label=_("Assumed ties in percent"),
        min_value=0,
        max_value=_MAX,
        initial=round(HUNDRED * USUAL.ties),
    )

    def clean(self) -> dict[str, object]:
        """Check that so many ties leave room for the win rate."""
        cleaned = super().clean() or {}
        if not self.errors and not self.assumption.is_possible:
            self.add_error(
                "assumed_ties",
                gettext("So many ties leave no room for this win rate. Assume fewer."),
            )
        return cleaned

    @property
    def assumption(self) -> Assumption:
        """What is assumed; the form must be valid."""
        data = self.cleaned_data
        return Assumption(data["assumed_rate"] / HUNDRED, data["assumed_ties"] / HUNDRED)


def assumption_of(data: dict[str, str]) -> tuple[Assumption, AssumptionForm]:
    """Return what a query assumes, or the usual where it assumes nothing valid; and its form."""
    if not {"assumed_rate", "assumed_ties"} & data.keys():
        return USUAL, AssumptionForm()
    form = AssumptionForm(data)
    return (form.assumption if form.is_valid() else USUAL), form


class PlannedTermsForm(forms.Form):
    """The terms of voting in a form of a new run that is not sent yet."""

    votes_per_example = _votes()
    overlap_percent = forms.IntegerField(required=False, min_value=0, max_value=HUNDRED)
    overlap_votes = _votes()

    def terms(self, raters: int) -> VotingTerms:
        """Return the terms; a field that is not valid has its default."""
        self.is_valid()
        usual = VotingTerms(raters)
        given = {name: self.cleaned_data.get(name) for name in self.fields}
        chosen = {
            name: getattr(usual, name) if value is None else value for name, value in given.items()
        }
        return VotingTerms(raters, **chosen)
