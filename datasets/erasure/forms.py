"""The form of an erasure."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from datasets.curation.actions.locking import MAX_REASON_LENGTH
from reviewapp.core.forms import ActionForm


class ErasureForm(ActionForm):
    """A reason for the audit trail, and a confirmation; subclasses add what is erased."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=MAX_REASON_LENGTH,
        help_text=gettext_lazy(
            "For the audit trail, such as “request of the customer, ticket 118”. Quote no erased "
            "text."
        ),
        error_messages={"required": gettext_lazy("Give a reason for the audit trail.")},
    )
    confirmed = forms.BooleanField(
        label=gettext_lazy("Erase it permanently. It cannot be restored."),
        error_messages={"required": gettext_lazy("Confirm that it is erased permanently.")},
    )

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the action, without the confirmation."""
        cleaned = super().clean() or {}
        return {name: cleaned[name] for name in cleaned if name != "confirmed"}
