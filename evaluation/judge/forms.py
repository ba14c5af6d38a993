"""Forms of rubrics and judges: each turns a POST into the arguments of one action."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.judge.actions.judging import JudgePlan
from evaluation.judge.doubts import doubts_about
from evaluation.judge.models import Rubric
from evaluation.judge.rubric_text import MAX_LENGTH
from evaluation.judge.terms import MAX_REPLY_TOKENS, MAX_TEMPERATURE, Caps, JudgeSampling
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.forms import ActionForm

GROUPS: Final = {
    "": _("Unlike both compared models"),
    "judge.same_provider": _("Served by the same host as a compared model"),
    "judge.same_family": _("Same family as a compared model: may favour it"),
    "judge.same_base": _("Same base model as a compared model: may favour it"),
    "judge.is_compared": _("Compared in this run: favours its own answers"),
}
"""The groups of offered judges by the code of their doubt (`likeness`), the best first."""


class RubricForm(ActionForm):
    """The text of a new version of the rubric."""

    text = forms.CharField(
        label=_("Rubric"),
        max_length=MAX_LENGTH,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "data-autogrow": True, "spellcheck": "true"}),
    )
    note = forms.CharField(
        label=_("What changed"),
        required=False,
        max_length=500,
        help_text=_("Shown in the audit trail."),
    )


class CapsForm(ActionForm):
    """The caps of a judge run."""

    usd_cap = forms.DecimalField(
        label=_("Stop at (US dollars)"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=4,
        help_text=_("Empty for no cap. It needs prices at the model."),
    )
    token_cap = forms.IntegerField(
        label=_("Stop at (tokens)"),
        required=False,
        min_value=1,
        max_value=10**12,
        help_text=_("Read and written together. Empty for no cap."),
    )

    def caps(self) -> Caps:
        """Return what was entered, for the action."""
        return Caps(self.cleaned_data["usd_cap"], self.cleaned_data["token_cap"])


class JudgeForm(CapsForm):
    """Which model judges, by which rubric, and where it stops."""

    model_id = forms.TypedChoiceField(label=_("Judge"), coerce=int)
    rubric_id = forms.TypedChoiceField(
        label=_("Rubric"), required=False, coerce=int, empty_value=None
    )
    temperature = forms.FloatField(
        label=_("Temperature"),
        required=False,
        min_value=0,
        max_value=MAX_TEMPERATURE,
        initial=0,
        help_text=_("Empty for models that accept none."),
    )
    max_tokens = forms.IntegerField(
        label=_("Tokens of a reply, at most"),
        min_value=1,
        max_value=MAX_REPLY_TOKENS,
        initial=400,
        help_text=_("A model that reasons needs some thousand."),
    )
    uses_schema = forms.BooleanField(
        label=_("Ask for the reply by a JSON schema"), required=False, initial=True
    )
    field_order = ("model_id", "rubric_id", "usd_cap", "token_cap")

    FIRST = ("model_id", "rubric_id")
    CAPS = ("usd_cap", "token_cap")
    MORE = ("temperature", "max_tokens", "uses_schema")

    def __init__(self, *args: Any, run: EvaluationRun, **kwargs: Any) -> None:
        """Offer the models that can be asked, none of them chosen, and the rubric's versions."""
        super().__init__(*args, **kwargs)
        models = ModelVersion.objects.filter(project=run.project, endpoint__isnull=False)
        rubrics = Rubric.objects.filter(project=run.project)
        version = gettext("Version %(number)s")
        choices = [(rubric.pk, version % {"number": rubric.number}) for rubric in rubrics]
        self.has_models = bool(models)
        self._offer("model_id", _judges(run, models.select_related("endpoint").order_by("name")))
        self._offer("rubric_id", choices or [("", gettext("Default text"))])
        # Read by _field.html: a version is always chosen, though the first has no number yet.
        self.fields["rubric_id"].is_needed = True  # type: ignore[attr-defined]

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = choices

    def first_fields(self) -> list[forms.BoundField]:
        """Return the model and the rubric."""
        return [self[name] for name in self.FIRST]

    def cap_fields(self) -> list[forms.BoundField]:
        """Return the caps."""
        return [self[name] for name in self.CAPS]

    def more_fields(self) -> list[forms.BoundField]:
        """Return what rarely changes."""
        return [self[name] for name in self.MORE]

    def plan(self) -> JudgePlan:
        """Return what was entered, for the action."""
        data = self.cleaned_data
        sampling = JudgeSampling(
            temperature=data["temperature"],
            max_tokens=data["max_tokens"],
            uses_schema=data["uses_schema"],
        )
        return JudgePlan(data["model_id"], data["rubric_id"], sampling, self.caps())

    def asked_for(self) -> str:
        """Return what a forecast depends on, to notice when it changed since."""
        data = self.cleaned_data
        return f"{data['model_id']}-{data['rubric_id'] or ''}-{data['max_tokens']}"


def _judges(run: EvaluationRun, models: Iterable[ModelVersion]) -> list[tuple[Any, Any]]:
    """Return the choices of a judge: none first, then in groups by what speaks against them."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for model in models:
        codes = [doubt.code for doubt in doubts_about(model, run)]
        worst = max(codes, key=list(GROUPS).index, default="")
        groups.setdefault(worst, []).append((model.pk, model.name))
    named = [(label, groups[code]) for code, label in GROUPS.items() if code in groups]
    return [("", gettext("Choose a judge")), *named]
