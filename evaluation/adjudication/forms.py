"""The form of an adjudication."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.curation.actions.locking import MAX_REASON_LENGTH
from evaluation.voting.feedback import MAX_FEEDBACK_LENGTH
from evaluation.voting.texts import CHOICE_LABELS
from reviewapp.core.forms import ActionForm


class CurationForm(ActionForm):
    """Why the examples go back to curation: the argument of `return_to_curation`."""

    reason = forms.CharField(
        label=_("What should the authors check?"), max_length=MAX_REASON_LENGTH
    )


class AdjudicationForm(ActionForm):
    """The choice by the sides shown, with a note: the arguments of `adjudicate`."""

    token = forms.CharField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(
        label=_("Which answer is better?"),
        choices=list(CHOICE_LABELS.items()),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose which answer is better.")
        ),
    )
    note = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=MAX_FEEDBACK_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2, "data-autogrow": True, "dir": "auto"}),
        help_text=_("Left and right are drawn, so describe the answers by what they say."),
    )

    def show_with(self, token: str) -> None:
        """Show the form beside the sides that a token names; a choice by other sides is dropped."""
        if not self.is_bound:
            self.initial["token"] = token
            return
        submitted: Any = self.data
        data = submitted.copy()
        if data.get("token") != token:
            data.pop("choice", None)
            data["token"] = token
        self.data = data
