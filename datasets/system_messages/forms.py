"""The form of the system messages: a switch, and a text for each language of the project."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datasets.curation.system_messages import OTHER_LANGUAGES
from datasets.system_messages.actions import MAX_LENGTH
from reviewapp.core.formats import language_name
from reviewapp.core.forms import ActionForm

PREFIX: Final = "text_"


def field_name(code: str) -> str:
    """Return the name of the field with the system message for a language."""
    return f"{PREFIX}{code}"


class SystemMessagesForm(ActionForm):
    """Its cleaned fields are the arguments of `change_system_messages`."""

    requires_system_message = forms.BooleanField(
        label=_("Every example begins with a system message"),
        required=False,
        help_text=_("Off: nothing is missing, and saving takes open findings about it away."),
    )

    def __init__(self, *args: Any, languages: Iterable[str], **kwargs: Any) -> None:
        """Create it with a field for each language, and one for all others."""
        super().__init__(*args, **kwargs)
        languages = list(languages)
        for code in languages:
            self._add(code, gettext("In %(language)s") % {"language": language_name(code)})
        others = gettext("In all other languages") if languages else gettext("System message")
        self._add(OTHER_LANGUAGES, others)

    def _add(self, code: str, label: str) -> None:
        self.fields[field_name(code)] = forms.CharField(
            label=label,
            required=False,
            max_length=MAX_LENGTH,
            widget=forms.Textarea(attrs={"rows": 4, "dir": "auto", "data-autogrow": True}),
        )

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        given = super().clean() or self.cleaned_data
        texts = {
            name.removeprefix(PREFIX): value
            for name, value in given.items()
            if name.startswith(PREFIX)
        }
        return {
            "requires_system_message": given.get("requires_system_message", False),
            "system_messages": texts,
        }
