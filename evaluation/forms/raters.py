"""Removing a rater: who, by which rule, and what was seen."""

from typing import Any

from django import forms

from evaluation.models import EvaluationRun
from evaluation.removal import LABELS, REASON_LIMIT, Rule


class RemoveRaterForm(forms.Form):
    """The arguments of `remove_rater`."""

    rater_id = forms.TypedChoiceField(label="Rater", coerce=int)
    rule = forms.ChoiceField(
        label="Rule", choices=[("", "Choose one"), *((rule, LABELS[rule]) for rule in Rule)]
    )
    reason = forms.CharField(
        label="What you saw",
        max_length=REASON_LIMIT,
        help_text="Without a word about which model this person preferred.",
    )

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        """Offer the raters of the run who are not removed yet."""
        super().__init__(*args, **kwargs)
        there = run.raters.filter(removed_at__isnull=True).order_by("name")
        self.fields["rater_id"] = forms.TypedChoiceField(
            label="Rater",
            coerce=int,
            choices=[("", "Choose one"), *there.values_list("pk", "name")],
        )
