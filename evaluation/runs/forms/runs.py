"""The form of a new run."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import GateSettings, Preset, too_small_intents
from evaluation.promotion.models import Alias
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.runs.file_answers import models_with_file_answers
from evaluation.runs.forms.prompt_choices import (
    chosen_prompts,
    proposed_prompts,
    run_choices,
    split_choices,
)
from evaluation.runs.forms.prompt_file import prompts_of_file
from evaluation.runs.forms.terms import TermsForm
from evaluation.runs.prompts import PromptSet
from evaluation.runs.run_names import MAX_RUN_NAME, proposed_run_name
from evaluation.runs.terms import RunPlan, Sampling
from reviewapp.people.models import Project


class RunForm(TermsForm):
    """The form of a new run."""

    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=MAX_RUN_NAME,
        help_text=_("Only leads see it. Empty: the names of the models."),
    )
    candidate_id = forms.TypedChoiceField(label=_("Candidate"), coerce=int)
    baseline_id = forms.TypedChoiceField(label=_("Baseline"), coerce=int)
    prompts = forms.ChoiceField(label=_("Prompts"), required=False)
    prompt_file = forms.FileField(
        label=_("Or a file of prompts"),
        required=False,
        help_text=_(
            "JSON lines with “messages” and, if you have them, “id” and “intent”. A final answer "
            "of the assistant is removed."
        ),
        # Choosing a file deselects the split (static/js/drop.js).
        widget=forms.FileInput(attrs={"data-instead-of": "id_prompts"}),
    )
    temperature = forms.FloatField(
        label=_("Temperature"), required=False, min_value=0, max_value=2, initial=0.2
    )
    max_tokens = forms.IntegerField(
        label=_("Longest answer in tokens"),
        required=False,
        min_value=1,
        max_value=100_000,
        initial=512,
    )
    seed = forms.IntegerField(
        label=_("Seed"), required=False, min_value=0, max_value=2**31 - 1, initial=1
    )
    system = forms.CharField(
        label=_("System message for prompts that have none"),
        required=False,
        max_length=8000,
        widget=forms.Textarea(attrs={"rows": 2, "data-autogrow": True}),
    )
    exclude_leaked = forms.BooleanField(
        label=_("Leave out prompts that the candidate was trained on"), required=False
    )

    WHAT = ("name", "candidate_id", "baseline_id")
    HOW = ("temperature", "max_tokens", "seed")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer models, and the prompts of splits and of earlier runs.

        Models whose answers came from a file are offered too: their stored answers are compared.
        """
        super().__init__(*args, project=project, **kwargs)
        self.project = project
        known = ModelVersion.objects.filter(project=project)
        askable = known.exclude(provider__in=kinds.WITHOUT_ENDPOINT)
        from_file = models_with_file_answers(project)
        label = gettext("%(name)s (its answers came from a file)")
        models: list[tuple[Any, str]] = [(model.pk, model.name) for model in askable]
        models += [(model.pk, label % {"name": model.name}) for model in from_file]
        unset: list[tuple[Any, str]] = [("", gettext("Choose a model"))]
        self._offer("candidate_id", unset + models)
        self._offer("baseline_id", unset + models)
        # Required unless a file is chosen.
        self.fields["prompts"].is_needed = True  # type: ignore[attr-defined]
        prompts = [*split_choices(project), *run_choices(project)]
        self._offer("prompts", [("", gettext("From the file below")), *prompts])
        self._propose([model.pk for model in askable])
        self._propose_name()
        self._propose_prompts()

    def _propose(self, newest_first: list[int]) -> None:
        """Propose the newest model against the one that serves, or against the one before it."""
        serving = Alias.objects.filter(project=self.project, name=Alias.Name.PRODUCTION).first()
        others = [key for key in newest_first if serving is None or key != serving.model_version_id]
        self.fields["candidate_id"].initial = next(iter(others), None)
        older = others[1:2] if serving is None else [serving.model_version_id]
        self.fields["baseline_id"].initial = next(iter(older), None)
        self._keep_apart("candidate_id", "baseline_id")

    def _keep_apart(self, first: str, second: str) -> None:
        """Propose no model twice: what no link proposed is left to choose."""
        given = {name: str(self.initial.get(name, "")) for name in (first, second)}
        for name, other in ((first, second), (second, first)):
            if not given[name] and str(self.fields[name].initial) == given[other]:
                self.fields[name].initial = None
        if not any(given.values()) and self.fields[first].initial == self.fields[second].initial:
            self.fields[first].initial = None

    def _propose_name(self) -> None:
        """Propose a name of the two models that are chosen, which follows them on the page."""
        chosen = (self[name].value() for name in ("candidate_id", "baseline_id"))
        name = self.fields["name"]
        name.initial = proposed_run_name(self.project, *chosen)
        name.widget.attrs["data-proposed"] = name.initial

    def _propose_prompts(self) -> None:
        """Propose the largest split of the newest version, and gates that it could pass.

        If the baseline has answers from a file only, propose the prompts that they answer.
        """
        baseline = self.initial.get("baseline_id") or self.fields["baseline_id"].initial
        proposed = proposed_prompts(self.project, baseline or 0)
        if proposed is None:
            return
        self.fields["prompts"].initial, intents = proposed
        standard = GateSettings.of_preset(Preset.STANDARD)
        if too_small_intents(standard, intents):
            self.fields["preset"].initial = Preset.WATCH_ONLY.value
            self.fields["preset"].help_text = gettext(
                "“Watch only” is proposed, because intents of these prompts are too small for "
                "gates. The next page can merge them."
            )

    def _offer(self, name: str, choices: list[tuple[Any, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean(self) -> dict[str, Any]:
        """Read the prompts from the split or the file."""
        cleaned = super().clean()
        if self.errors:
            return cleaned
        cleaned["prompt_set"] = self._prompt_set(cleaned)
        return cleaned

    def _prompt_set(self, cleaned: dict[str, Any]) -> PromptSet:
        if cleaned.get("prompt_file") and cleaned["prompts"]:
            raise forms.ValidationError(
                {
                    "prompts": gettext(
                        "You chose a split and a file. Choose “From the file below”, or no file."
                    )
                }
            )
        if cleaned.get("prompt_file"):
            return prompts_of_file(cleaned["prompt_file"])
        if not cleaned["prompts"]:
            raise forms.ValidationError(
                {"prompts": gettext("Choose a split, or a file of prompts.")}
            )
        return chosen_prompts(self.project, cleaned["prompts"])

    def require_lost_file(self) -> None:
        """Add an error that the browser did not keep the file, and select no split instead."""
        if self.files.get("prompt_file"):
            self.add_error(
                "prompt_file", gettext("Choose the file again: the browser does not keep it.")
            )
            data: Any = self.data
            self.data = data.copy()
            self.data["prompts"] = ""  # type: ignore[index]

    def plan(self) -> RunPlan:
        """Return what was entered, for the action."""
        data = self.cleaned_data
        sampling = Sampling(data["temperature"], data["max_tokens"], data["seed"], data["system"])
        return RunPlan(
            name=data["name"],
            candidate_id=data["candidate_id"],
            baseline_id=data["baseline_id"],
            sampling=sampling,
            terms=data["terms"],
            exclude_leaked=data["exclude_leaked"],
        )

    @property
    def what_fields(self) -> list[forms.BoundField]:
        """Return the name and the two models."""
        return self.of(*self.WHAT)

    @property
    def how_fields(self) -> list[forms.BoundField]:
        """Return the sampling settings, shown in one row."""
        return self.of(*self.HOW)
