"""What the voting screen sends, as the arguments of one action each."""

from uuid import UUID

from django import forms

from evaluation.reasons import BAD, GOOD, NOTE_LIMIT, RATIONALE_LIMIT
from evaluation.stats.verdicts import Choice

_CODES = [(reason.code, reason.label) for reason in (*GOOD, *BAD)]


class HeldForm(forms.Form):
    """Which comparisons the browser has already, so that they are not sent again."""

    known = forms.CharField(required=False, max_length=400)

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

    note = forms.CharField(max_length=NOTE_LIMIT, widget=forms.Textarea)


class ReasonsForm(forms.Form):
    """Why: chips for each side, own words, and whether a model was recognised."""

    assignment = forms.UUIDField()
    left = forms.MultipleChoiceField(required=False, choices=_CODES)
    right = forms.MultipleChoiceField(required=False, choices=_CODES)
    rationale = forms.CharField(required=False, max_length=RATIONALE_LIMIT)
    recognised = forms.BooleanField(required=False)
