"""The part of a run's terms about gold checks."""

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.runs.terms import MAX_GOLD_PERCENT, MAX_TRAINING_EXAMPLES


class GoldForm(forms.Form):
    """How many gold checks are mixed in, and how many the training round has."""

    gold_percent = forms.IntegerField(
        label=_("Percent of gold checks"),
        required=False,
        min_value=0,
        max_value=MAX_GOLD_PERCENT,
        initial=0,
        help_text=_("Mixed in unseen; they measure reviewers and count in no win rate."),
    )
    training_examples = forms.IntegerField(
        label=_("Gold checks to begin with"),
        required=False,
        min_value=0,
        max_value=MAX_TRAINING_EXAMPLES,
        initial=0,
        help_text=_("A training round: each reviewer reads the agreed answers before voting."),
    )

    @property
    def gold_fields(self) -> list[forms.BoundField]:
        """Return the two numbers, shown in one row."""
        return [self["gold_percent"], self["training_examples"]]
