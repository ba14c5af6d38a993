"""What the voting screen sends, as the arguments of one action each."""

from typing import Any
from uuid import UUID

from django import forms

from evaluation.stats.verdicts import Choice
from evaluation.voting.reasons import BAD, GOOD, NOTE_LIMIT, RATIONALE_LIMIT

_CODES = [(reason.code, reason.label) for reason in (*GOOD, *BAD)]


class OwnWordsField(forms.CharField):
    """What somebody typed, counted as their browser counts it: a line break is one character."""

    def to_python(self, value: Any) -> str:
        """Read the line breaks that a form sends as those that the text has."""
        return str(super().to_python(value)).replace("\r\n", "\n")


class HeldForm(forms.Form):
    """Which comparisons the browser has already, so that they are not sent again."""

    known = forms.CharField(required=False, max_length=4000)

    def clean_known(self) -> frozenset[UUID]:
        """Read ids with commas between them; what is no id is passed over."""
        found = set()
        for word in self.cleaned_data["known"].split(","):
            try:
                found.add(UUID(word))
            except ValueError:
                continue
        return frozenset(found)


class AssignmentForm(HeldForm):
    """Which comparison it is about, by the id that its reviewer knows."""

    assignment = forms.UUIDField()


class CastForm(AssignmentForm):
    """What was clicked."""

    choice = forms.ChoiceField(choices=[(choice.value, choice.value) for choice in Choice])


class BrokenForm(AssignmentForm):
    """What is broken about the example."""

    note = OwnWordsField(max_length=NOTE_LIMIT, widget=forms.Textarea)


class ReasonsForm(forms.Form):
    """Why: chips for each side, own words, and whether a model was recognised."""

    assignment = forms.UUIDField()
    left = forms.MultipleChoiceField(required=False, choices=_CODES)
    right = forms.MultipleChoiceField(required=False, choices=_CODES)
    rationale = OwnWordsField(required=False, max_length=RATIONALE_LIMIT)
    recognised = forms.BooleanField(required=False)
