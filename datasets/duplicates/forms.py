"""The form that retires the duplicates of an example."""

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.curation.actions.locking import MAX_REASON_LENGTH
from reviewapp.core.forms import ActionForm

MAX_ID = 2**63 - 1


class RetireDuplicatesForm(ActionForm):
    """The arguments of `retire_duplicates`: the example to keep, the others, the reason."""

    keep = forms.IntegerField(
        min_value=1,
        max_value=MAX_ID,
        error_messages={"required": _("Choose the example to keep.")},
    )
    others = forms.TypedMultipleChoiceField(coerce=int, required=False)
    reason = forms.CharField(
        max_length=MAX_REASON_LENGTH,
        error_messages={"required": _("Give the reason for retiring these examples.")},
    )

    def __init__(self, data: object = None, *, members: list[int] | None = None) -> None:
        """Create it; `members` are the examples that may be chosen."""
        super().__init__(data)  # type: ignore[arg-type] # a QueryDict or nothing
        choices = [(str(member), str(member)) for member in members or ()]
        self.fields["others"].choices = choices  # type: ignore[attr-defined]
