"""Forms of shadow checks: each turns a POST into the arguments of one action."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.registry.models import ModelVersion
from evaluation.shadow.models import StyleRule
from evaluation.shadow.rules import MAX_PATTERN_LENGTH, ShadowRules
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import Project

MAX_PROMPT_LENGTH = 20_000


class ShadowSettingsForm(ActionForm):
    """What the answers of a project have to keep."""

    system_prompt = forms.CharField(
        label=_("System prompt"),
        required=False,
        max_length=MAX_PROMPT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "data-autogrow": True}),
        help_text=_("Instead of the system message of each prompt. Empty keeps that."),
    )
    citation_pattern = forms.CharField(
        label=_("Citation"),
        required=False,
        max_length=MAX_PATTERN_LENGTH,
        help_text=_(
            "What an answer must contain where the golden one does, such as [*] or (see *). A star "
            "stands for some characters."
        ),
    )
    forbidden_words = forms.CharField(
        label=_("Forbidden words"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "data-autogrow": True}),
        help_text=_("A word or phrase on each line."),
    )
    style_rules = forms.MultipleChoiceField(
        label=_("Style"),
        required=False,
        choices=StyleRule,
        widget=forms.CheckboxSelectMultiple,
    )
    max_words = forms.IntegerField(
        label=_("Words of an answer, at most"), required=False, min_value=1, max_value=10_000
    )
    checks_tuned_models = forms.BooleanField(
        label=_("Ask a tuned model as soon as its training has succeeded"), required=False
    )

    def rules(self) -> ShadowRules:
        """Return what was entered, for the action."""
        entered: dict[str, Any] = self.cleaned_data
        lines = [" ".join(line.split()) for line in entered["forbidden_words"].splitlines()]
        return ShadowRules(
            system_prompt=entered["system_prompt"],
            citation_pattern=entered["citation_pattern"],
            forbidden_words=tuple(dict.fromkeys(filter(None, lines))),
            style_rules=tuple(entered["style_rules"]),
            max_words=entered["max_words"],
        )


class ShadowCheckForm(ActionForm):
    """Which model is asked, and where it stops."""

    model_id = forms.TypedChoiceField(label=_("Model"), coerce=int)
    usd_cap = forms.DecimalField(
        label=_("Stop at (US dollars)"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=4,
        help_text=_("Empty for no cap. It needs prices at the model."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = ModelVersion.objects.filter(project=project, endpoint__isnull=False)
        choices = [(model.pk, model.name) for model in found.order_by("-pk")]
        self.fields["model_id"].choices = choices  # type: ignore[attr-defined]
        self.has_models = bool(choices)

    def asked_for(self) -> str:
        """Return what was chosen, to see whether a forecast was made for it."""
        entered = self.cleaned_data
        return f"{entered.get('model_id')}-{entered.get('usd_cap') or ''}"


class RatingForm(ActionForm):
    """The three questions about one answer; a box that is not ticked says no."""

    concise = forms.BooleanField(required=False)
    consistent = forms.BooleanField(required=False)
    in_tone = forms.BooleanField(required=False)
