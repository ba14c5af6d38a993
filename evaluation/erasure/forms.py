"""The form with which a lead erases what was compared."""

from django import forms

from datasets.erasure.forms import ErasureForm
from evaluation.erasure.parts import Part


class ErasePartsForm(ErasureForm):
    """Which parts, why, and a confirmation."""

    parts = forms.MultipleChoiceField(
        label="What is erased",
        choices=Part.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Part.PROMPT, Part.BASELINE, Part.CANDIDATE],
        error_messages={"required": "Choose what is erased."},
    )
    field_order = ("parts", "reason", "confirmed")
