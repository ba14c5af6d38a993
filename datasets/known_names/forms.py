"""The form of the search for names: a switch, and the known names, one on each line."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.known_names.actions import MAX_LENGTH, MAX_NAMES
from reviewapp.core.forms import ActionForm

# Of what is read at all; the action counts the names.
MAX_TEXT: Final = 2 * MAX_NAMES * MAX_LENGTH


class NameSearchForm(ActionForm):
    """Its fields are the arguments of `change_name_search`."""

    finds_names = forms.BooleanField(
        label=_("Look for names of people and postal addresses"), required=False
    )
    known_names = forms.CharField(
        label=_("Known names that are no personal data"),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        help_text=_(
            "One on each line, never suggested: products, your own name and address, agents' "
            "public names."
        ),
    )

    def __init__(self, *args: Any, is_installed: bool, **kwargs: Any) -> None:
        """Name the command that installs it where it is missing."""
        super().__init__(*args, **kwargs)
        if not is_installed:
            self.fields["finds_names"].help_text = _(
                "Not installed here, so nothing is found. An operator runs “make setup-names” and "
                "starts the server again."
            )

    def clean_known_names(self) -> list[str]:
        """Return the lines."""
        return str(self.cleaned_data["known_names"]).splitlines()
