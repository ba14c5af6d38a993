"""Forms of the page that freezes a mini-batch."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.versions.forms import changelog_field
from datasets.versions.mini_batches.plans import DEFAULT_PERCENT, MAX_SEED
from datasets.versions.splits import WHOLE
from reviewapp.core.forms import ActionForm


class ReplayForm(ActionForm):
    """How much of the unchanged examples is replayed, a query in the page's address."""

    percent = forms.IntegerField(
        label=_("Replay (%)"),
        min_value=0,
        max_value=WHOLE,
        initial=DEFAULT_PERCENT,
        help_text=_("Of the unchanged training examples, by intent and language."),
    )
    seed = forms.IntegerField(label=_("Seed"), min_value=0, max_value=MAX_SEED, initial=0)

    @property
    def chosen(self) -> dict[str, int]:
        """The chosen numbers, or the default ones where they are not valid."""
        if not self.is_valid():
            return {"percent": DEFAULT_PERCENT, "seed": 0}
        return {name: self.cleaned_data[name] for name in ("percent", "seed")}


class MiniBatchForm(ReplayForm):
    """The arguments of `freeze_mini_batch`; numbers and plan are those of the page."""

    changelog = changelog_field()
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Hide the numbers: they were chosen in the form above."""
        super().__init__(*args, **kwargs)
        for name in ("percent", "seed"):
            self.fields[name].widget = forms.HiddenInput()
