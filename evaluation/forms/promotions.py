"""Forms that promote, sign, decline, roll back and declare."""

from django import forms

from evaluation.models import Alias, ModelVersion

_AREA = forms.Textarea(attrs={"rows": 3, "data-autogrow": True})


class PromoteForm(forms.Form):
    """The arguments of `promotion.promote` besides the run."""

    alias = forms.ChoiceField(label="Serve as", choices=Alias.Name.choices)
    note = forms.CharField(
        label="Note",
        max_length=4000,
        widget=_AREA,
        help_text="What this is expected to change, and what to watch.",
    )
    override_reason = forms.CharField(
        label="Reason for an override",
        max_length=4000,
        required=False,
        widget=_AREA,
        help_text="Only where the gates do not allow it. A second lead must sign.",
    )


class ReasonForm(forms.Form):
    """A reason, which is stored with what it explains."""

    reason = forms.CharField(label="Reason", max_length=4000, widget=_AREA)


class DeclareForm(forms.Form):
    """What served before: the arguments of `promotion.declare`."""

    alias = forms.ChoiceField(label="Serves as", choices=Alias.Name.choices)
    model_id = forms.TypedChoiceField(label="Model", coerce=int)
    note = forms.CharField(label="Note", max_length=4000, widget=_AREA)

    def __init__(self, *args: object, project_id: int, **kwargs: object) -> None:
        """Offer the models of one project."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        models = ModelVersion.objects.filter(project_id=project_id).order_by("name")
        field = self.fields["model_id"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(model.pk, model.name) for model in models]
