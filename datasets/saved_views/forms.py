"""Forms of saved views."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.saved_views.models import MAX_NAME_LENGTH
from reviewapp.core.forms import ActionForm


class NameForm(ActionForm):
    """The name of a view: the argument of `rename_view`."""

    name = forms.CharField(
        label=_("Name of the view"),
        max_length=MAX_NAME_LENGTH,
        error_messages={"required": _("Give the view a name.")},
    )


class SaveForm(NameForm):
    """The arguments of `save_view`."""

    query = forms.CharField(required=False, max_length=3000, widget=forms.HiddenInput)
    for_project = forms.BooleanField(label=_("For all members"), required=False)

    def __init__(self, *args: Any, may_lead: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_lead:
            del self.fields["for_project"]

    def clean(self) -> dict[str, Any]:
        """Return the arguments, also where the member was not asked for whom it is."""
        return {"for_project": False, **self.cleaned_data}
