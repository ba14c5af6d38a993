"""The forms of a text block and of an import of text blocks."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.curation.editing import split_words
from datasets.text_blocks.documents import MAX_NAME_LENGTH, MAX_TEXT_LENGTH, BlockValues
from datasets.text_blocks.models import TextBlock
from reviewapp.core.forms import ActionForm, JsonFileForm

MAX_DOCUMENT_BYTES = 5_000_000


class TextBlockForm(ActionForm):
    """A text block; the arguments of its action are the values, and which state was seen."""

    name = forms.CharField(
        label=_("Name"),
        max_length=MAX_NAME_LENGTH,
        help_text=_("Annotators find it by this, such as “Return label”."),
    )
    text = forms.CharField(
        label=_("Text"),
        max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 6, "dir": "auto", "data-autogrow": True}),
        help_text=_("Write what is filled in later in braces, such as {name} or {order number}."),
    )
    language = forms.CharField(
        label=_("Only in the language"),
        required=False,
        max_length=12,
        help_text=_("A code such as de. Empty for all."),
    )
    intents = forms.CharField(
        label=_("Only with intents"),
        required=False,
        max_length=4000,
        help_text=_("Separated by commas. Empty for all."),
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Return the values, which the action checks."""
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        values = BlockValues(
            given["name"], given["text"], given["language"], tuple(split_words(given["intents"]))
        )
        return {"values": values, "seen": given["seen"]}


def initial_of(block: TextBlock) -> dict[str, Any]:
    """Return what the form shows of a stored text block."""
    return {
        "name": block.name,
        "text": block.text,
        "language": block.language,
        "intents": ", ".join(block.intents),
        "seen": block.saved,
    }


class TextBlocksFileForm(JsonFileForm):
    """A file of exported text blocks."""

    max_bytes = MAX_DOCUMENT_BYTES

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Give the file the help text of this kind of import."""
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _(
            "An export of this or another project. Text blocks of the same name change."
        )
