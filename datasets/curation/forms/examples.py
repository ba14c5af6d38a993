"""Forms of the example page, the editor and the edit conflict."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from datasets.conversations import chat
from datasets.conversations.comparison import LABELS, Choice, Side
from datasets.curation.actions.locking import MAX_NOTE_LENGTH, MAX_REASON_LENGTH
from datasets.curation.actions.reviews import MAX_COMMENT_LENGTH
from datasets.curation.editing import Fields, row_from_fields
from reviewapp.core.errors import InvalidInput, StaleRevision
from reviewapp.core.forms import ActionForm

IndexPair = tuple[int | None, int | None]
INDEX_PAIR = re.compile(r"([0-9]{0,4}):([0-9]{0,4})", re.ASCII)


def first_errors(form: forms.Form) -> list[str]:
    """Return the first error of each field."""
    return [str(errors[0]) for errors in form.errors.values()]


class EditorForm(ActionForm):
    """The conversation and its labels as typed; `cleaned_data["content"]` has no tools."""

    def clean(self) -> dict[str, Any]:
        """Normalise the messages, as an import does."""
        cleaned = super().clean() or {}
        try:
            cleaned["content"] = chat.normalise(row_from_fields(self.fields_posted))
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error
        return cleaned

    @property
    def fields_posted(self) -> Fields:
        """The posted fields; those of messages occur once for each message."""
        data: Any = self.data
        return data  # type: ignore[no-any-return]


class RevisionForm(EditorForm):
    """The editor of an existing example, with the revision that the user started from."""

    base_number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    note = forms.CharField(
        required=False,
        max_length=MAX_NOTE_LENGTH,
        error_messages={
            "max_length": gettext_lazy(
                "Shorten the note to %(limit_value)s characters. It has %(show_value)s."
            )
        },
    )
    # The view shows the edit conflict.
    passes_on = (StaleRevision,)


class DraftForm(forms.Form):
    """The base revision and the version of an autosave."""

    base_number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class SubmissionForm(ActionForm):
    """A submission, with an optional comment for the reviewer."""

    reason = forms.CharField(required=False, max_length=MAX_COMMENT_LENGTH)

    def clean(self) -> dict[str, Any]:
        """Return the reason under the name of the action's argument, `comment`."""
        cleaned = super().clean() or {}
        return {"comment" if name == "reason" else name: cleaned[name] for name in cleaned}


class ApprovalForm(SubmissionForm):
    """An approval of the revision that was read."""

    revision_id = forms.IntegerField(min_value=1)


class ChangesForm(ActionForm):
    """A request for changes of the revision that was read, with the reason."""

    revision_id = forms.IntegerField(min_value=1)
    reason = forms.CharField(
        max_length=MAX_COMMENT_LENGTH,
        error_messages={
            "required": gettext_lazy("Describe what must change. The author sees only this text.")
        },
    )


class ReasonForm(ActionForm):
    """The reason of an action that needs one."""

    reason = forms.CharField(
        max_length=MAX_REASON_LENGTH,
        error_messages={"required": gettext_lazy("Give the reason, for the other members.")},
    )


class WordsForm(forms.Form):
    """Two texts to compare."""

    before = forms.CharField(required=False, strip=False)
    after = forms.CharField(required=False, strip=False)


class ResolutionForm(EditorForm):
    """The merge of two versions; `cleaned_data["content"]` is the user's own, as edited."""

    base_number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    their_number = forms.IntegerField(min_value=1, max_value=2**31 - 1)
    # The view shows the edit conflict with the newer revision.
    passes_on = (StaleRevision,)
    # The revision that the user's version is based on; None if it was not posted.
    posted_base: int | None = None

    def clean(self) -> dict[str, Any]:
        """Read the choice for each row and each label."""
        # The action does not take it; the page needs it when the form comes back.
        self.posted_base = self.cleaned_data.pop("base_number", None)
        cleaned = super().clean()
        cleaned["their_labels"] = [name for name in LABELS if self.label_side(name) == Side.THEIRS]
        cleaned["choices"] = [
            Choice(side, *pair) for pair, side in self._rows() if pair is not None and side
        ]
        if len(cleaned["choices"]) != len(self.fields_posted.getlist("pair")):
            raise forms.ValidationError(gettext("Choose a side for each message."))
        return cleaned

    def label_side(self, name: str) -> Side:
        """Return the side chosen for a label; mine if none was."""
        return Side.THEIRS if self.data.get(f"label-{name}") == Side.THEIRS else Side.MINE

    @property
    def sides(self) -> dict[IndexPair, Side]:
        """The side chosen for each row, by its positions in both versions."""
        return {pair: side for pair, side in self._rows() if pair is not None and side}

    def _rows(self) -> Iterator[tuple[IndexPair | None, Side | None]]:
        """Yield the positions and the side of each row; None where they were not posted.

        Positions are written "mine:theirs", each empty where that version lacks the message.
        """
        for at, posted in enumerate(self.fields_posted.getlist("pair")):
            places = INDEX_PAIR.fullmatch(posted)
            side = str(self.data.get(f"choice-{at}", ""))
            yield (
                (_index(places[1]), _index(places[2])) if places else None,
                Side(side) if side in [*Side] else None,
            )


def _index(text: str) -> int | None:
    return int(text) if text else None
