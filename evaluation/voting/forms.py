"""What the voting screen sends, as the arguments of one action each."""

from typing import Any
from uuid import UUID

from django import forms

from evaluation.runs.criteria import MAX_CRITERIA
from evaluation.stats.verdicts import Choice
from evaluation.voting.feedback import MAX_FEEDBACK_LENGTH, MAX_NOTE_LENGTH
from evaluation.voting.texts import REASON_LABELS

_CODES = list(REASON_LABELS.items())


class FreeTextField(forms.CharField):
    """What a reviewer typed, counted as their browser counts it: a line break is one character."""

    def to_python(self, value: Any) -> str:
        """Read the line breaks that a form sends as those that the text has."""
        return str(super().to_python(value)).replace("\r\n", "\n")


class KnownLeasesForm(forms.Form):
    """Which comparisons the browser has already, so that they are not sent again."""

    known = forms.CharField(required=False, max_length=4000)

    def clean_known(self) -> frozenset[UUID]:
        """Read ids with commas between them; what is no id is ignored."""
        found = set()
        for word in self.cleaned_data["known"].split(","):
            try:
                found.add(UUID(word))
            except ValueError:
                continue
        return frozenset(found)


class LeaseForm(KnownLeasesForm):
    """Which comparison it is about, by the id that its reviewer knows."""

    lease = forms.UUIDField()


_CHOICES = [(choice.value, choice.value) for choice in Choice]
_PLACES = range(1, MAX_CRITERIA + 1)


class CastForm(LeaseForm):
    """What was clicked, overall and on each criterion that was not passed over.

    Criteria have no fields, which took a fifth of a vote to make: the action checks their choices.
    """

    choice = forms.ChoiceField(choices=_CHOICES)

    def on_criteria(self) -> dict[int, str]:
        """Return the choice on each criterion, by its position."""
        found = {place: self.data.get(f"criterion_{place}", "") for place in _PLACES}
        return {place: choice for place, choice in found.items() if choice}


class BrokenForm(LeaseForm):
    """What is broken about the example."""

    note = FreeTextField(max_length=MAX_NOTE_LENGTH, widget=forms.Textarea)


class ReasonsForm(forms.Form):
    """Why: chips for each side, own words, and whether a model was recognised."""

    lease = forms.UUIDField()
    left = forms.MultipleChoiceField(required=False, choices=_CODES)
    right = forms.MultipleChoiceField(required=False, choices=_CODES)
    rationale = FreeTextField(required=False, max_length=MAX_FEEDBACK_LENGTH)
    recognised = forms.BooleanField(required=False)
