"""The form with which a lead erases something."""

from django import forms

from datasets.curation.actions.locking import MAX_REASON_LENGTH


class ErasureForm(forms.Form):
    """A reason for the audit trail, and a confirmation."""

    reason = forms.CharField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        help_text="For the audit trail, such as “request of the customer, ticket 118”. "
        "Quote no erased text.",
        error_messages={"required": "Give a reason for the audit trail."},
    )
    confirmed = forms.BooleanField(
        label="Erase it for good. It cannot be brought back.",
        error_messages={"required": "Confirm that it is erased for good."},
    )
