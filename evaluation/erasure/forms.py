"""The form of an erasure of text of a comparison."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from datasets.erasure.forms import ErasureForm
from evaluation.erasure.parts import Part


class ErasePartsForm(ErasureForm):
    """The parts to erase, with the reason and a confirmation."""

    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What is erased"),
        choices=Part.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Part.PROMPT, Part.BASELINE, Part.CANDIDATE],
        error_messages={"required": gettext_lazy("Choose what is erased.")},
    )
    field_order = ("parts", "reason", "confirmed")

    def __init__(self, *args: Any, parts: Collection[Part], **kwargs: Any) -> None:
        """Offer only `parts`, those with text."""
        super().__init__(*args, **kwargs)
        offered = [(value, label) for value, label in Part.choices if value in parts]
        self.fields["parts"].choices = offered  # type: ignore[attr-defined]
