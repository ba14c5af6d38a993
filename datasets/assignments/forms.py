"""The form of an assignment, on the page of an example."""

from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from datasets.assignments.permissions import editors_of
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import Project, User


class AssignmentForm(ActionForm):
    """The arguments of `actions.assign`; with `take` the user takes the example."""

    assignee = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a member who may edit, or nobody.")},
    )
    due_on = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("Enter a day, or leave it empty.")}
    )
    take = forms.BooleanField(required=False)

    def __init__(self, *args: Any, project: Project, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["assignee"].queryset = editors_of(project)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the arguments of the action."""
        given = super().clean() or self.cleaned_data
        if self.errors:
            return given
        assignee = self.user if given.pop("take") else given["assignee"]
        if assignee is None and given["due_on"] is not None:
            raise forms.ValidationError(gettext("A due date needs a member. Choose one."))
        return {"assignee": assignee, "due_on": given["due_on"]}
