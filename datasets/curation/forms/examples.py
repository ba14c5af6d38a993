"""What is posted from the example page."""

import re
from typing import Any

from django import forms

from datasets.conversations import chat
from datasets.conversations.comparison import LABELS, Choice, Side
from datasets.curation.actions.locking import MAX_NOTE_LENGTH, MAX_REASON_LENGTH
from datasets.curation.actions.reviews import MAX_COMMENT_LENGTH
from datasets.curation.editing import Fields, row_from_fields
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.core.forms import ActionForm

INDEX_PAIR = re.compile(r"([0-9]{0,4}):([0-9]{0,4})", re.ASCII)


def first_errors(form: forms.Form) -> list[str]:
    """Return the first error of each field."""
    return [str(errors[0]) for errors in form.errors.values()]


class EditorForm(ActionForm):
    """The conversation and its labels as typed; `cleaned_data["content"]` has no tools yet."""

    note = forms.CharField(required=False, max_length=MAX_NOTE_LENGTH)

    def clean(self) -> dict[str, Any]:
        """Judge the messages as an import would."""
        cleaned = super().clean() or {}
        try:
            cleaned["content"] = chat.normalise(row_from_fields(self.fields_posted))
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned

    @property
    def fields_posted(self) -> Fields:
        """The fields that repeat for each message, which a form field cannot say."""
        data: Any = self.data
        return data  # type: ignore[no-any-return]


class RevisionForm(EditorForm):
    """The editor of an example that exists: the revision the person started from."""

    base_number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    # The view shows both texts.
    passes_on = (StaleRevision,)


class DraftForm(forms.Form):
    """Which autosave this is, and on what."""

    base_number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class SubmissionForm(ActionForm):
    """Submitting an example, with a comment for the reviewer if there is one."""

    reason = forms.CharField(required=False, max_length=MAX_COMMENT_LENGTH)

    def clean(self) -> dict[str, Any]:
        """Name the field as the action names its argument: here it is a comment."""
        cleaned = super().clean() or {}
        return {"comment" if name == "reason" else name: cleaned[name] for name in cleaned}


class ApprovalForm(SubmissionForm):
    """Approving the revision that was read."""

    revision_id = forms.IntegerField(min_value=1)


class ChangesForm(ActionForm):
    """Sending back what was read, with the reason."""

    revision_id = forms.IntegerField(min_value=1)
    reason = forms.CharField(
        max_length=MAX_COMMENT_LENGTH,
        error_messages={"required": "Describe what must change. The author sees only this text."},
    )


class ReasonForm(ActionForm):
    """The reason of an action that needs one."""

    reason = forms.CharField(
        max_length=MAX_REASON_LENGTH, error_messages={"required": "Give a reason: others will ask."}
    )


class WordsForm(forms.Form):
    """Two texts to compare."""

    before = forms.CharField(required=False, strip=False)
    after = forms.CharField(required=False, strip=False)


class ResolutionForm(EditorForm):
    """What a person chose of two wordings; `cleaned_data["content"]` is their own, as edited."""

    their_number = forms.IntegerField(min_value=1)

    def clean(self) -> dict[str, Any]:
        """Read the choice of each row and of each label."""
        cleaned = super().clean()
        cleaned["their_labels"] = [
            name for name in LABELS if self.data.get(f"label-{name}") == Side.THEIRS
        ]
        cleaned["choices"] = [
            self._choice(at, pair) for at, pair in enumerate(self.fields_posted.getlist("pair"))
        ]
        return cleaned

    def _choice(self, at: int, pair: str) -> Choice:
        """Read one row: its places are written "mine:theirs", each empty where there is none."""
        places = INDEX_PAIR.fullmatch(pair)
        side = str(self.data.get(f"choice-{at}", ""))
        if places is None or side not in [*Side]:
            raise forms.ValidationError("Choose a side for each message.")
        mine_index, their_index = (int(place) if place else None for place in places.groups())
        return Choice(Side(side), mine_index, their_index)
