"""Forms of a new run and of its terms."""

from dataclasses import fields, replace
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.gates import (
    GateSettings,
    OperationalLimits,
    Preset,
    SettingsError,
    too_small_intents,
)
from evaluation.gates.settings import RATIO
from evaluation.gates.texts import LIMITS
from evaluation.promotion.models import Alias
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.runs.file_answers import models_with_file_answers
from evaluation.runs.forms.criteria import CriteriaForm
from evaluation.runs.forms.gold import GoldForm
from evaluation.runs.forms.prompt_choices import (
    chosen_prompts,
    proposed_prompts,
    run_choices,
    split_choices,
)
from evaluation.runs.forms.prompt_file import prompts_of_file
from evaluation.runs.prompts import PromptSet
from evaluation.runs.run_names import proposed_run_name
from evaluation.runs.terms import (
    RunPlan,
    RunTerms,
    Sampling,
)
from reviewapp.core.texts import render
from reviewapp.people.models import Membership, Project, Role, User

PRESETS = [
    (Preset.STANDARD.value, _("Standard: no intent is worse by more than 10 points (above 40 %)")),
    (Preset.STRICT.value, _("Strict: every intent is better (above 50 %)")),
    (
        Preset.WATCH_ONLY.value,
        _("Watch only: intents have no gate, so none is shown to be safe"),
    ),
]
MAX_OVERLAP_FACTOR = 3
_SHARE: dict[str, Any] = {"required": False, "min_value": 0, "max_value": 1}
_RATIO: dict[str, Any] = {"required": False, "min_value": 0.01, "max_value": 1000}


def eligible_reviewers(project: Project) -> list[tuple[int, str]]:
    """Return id and label of the users who may vote: reviewers first, then leads."""
    voters = Membership.objects.filter(project=project, role__in=[Role.REVIEWER, Role.LEAD])
    labels: dict[int, str] = {}
    for member in voters.select_related("user").order_by("-role", "user__name", "user_id"):
        label = str(member.user)
        if member.role != Role.REVIEWER:
            label = gettext("%(name)s (lead: will not see figures while voting)") % {"name": label}
        labels.setdefault(member.user_id, label)
    return list(labels.items())


def _limit_fields() -> dict[str, forms.Field]:
    """Return a field for each operational limit that has a text."""
    units = {part.name: part.metadata for part in fields(OperationalLimits)}
    return {
        name: forms.FloatField(
            label=str(text.label), **(_RATIO if units[name] == RATIO else _SHARE)
        )
        for name, text in LIMITS.items()
    }


class TermsForm(GoldForm, CriteriaForm):
    """The terms that are fixed when the run opens, without its intents."""

    title = forms.CharField(
        label=_("Title for reviewers"),
        required=False,
        max_length=120,
        help_text=_(
            "Reviewers see it while they vote, so it must not tell which model is new. Empty: the "
            "number of the run."
        ),
    )
    preset = forms.ChoiceField(
        label=_("Gates of the intents"),
        choices=PRESETS,
        initial=Preset.STANDARD.value,
        widget=forms.RadioSelect,
    )
    votes_per_example = forms.IntegerField(
        label=_("Votes for each example"),
        min_value=1,
        max_value=20,
        initial=1,
        help_text=_("One vote on a new example tells more than a second vote on an old one."),
    )
    overlap_percent = forms.IntegerField(
        label=_("With more votes, in %"),
        min_value=0,
        max_value=100,
        initial=20,
        help_text=_("Drawn at random; it shows how far reviewers agree."),
    )
    overlap_votes = forms.IntegerField(
        label=_("Votes for each of those"), min_value=1, max_value=20, initial=3
    )
    rater_ids = forms.TypedMultipleChoiceField(
        label=_("Reviewers"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("At least two, and as many as the votes that one example needs."),
    )
    both_bad_limit = forms.FloatField(
        label=_("Both answers bad, at most"), help_text=_("A share from 0 to 1."), **_SHARE
    )

    FIRST = ("title", "preset")
    VOTES = ("votes_per_example", "overlap_percent", "overlap_votes")
    MORE = ("both_bad_limit", *LIMITS)

    def __init__(
        self, *args: Any, project: Project, knows: int | None = None, **kwargs: Any
    ) -> None:
        """Offer the members who may vote; reviewers are selected.

        `knows` is the id of a user who knows whose the answers are, and is not offered.
        """
        super().__init__(*args, **kwargs)
        self.fields |= _limit_fields()
        field = self.fields["rater_ids"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            offered = eligible_reviewers(project)
            field.choices = [(pk, label) for pk, label in offered if pk != knows]
        reviewers = User.objects.filter(
            memberships__project=project, memberships__role=Role.REVIEWER, is_active=True
        )
        field.initial = list(reviewers.values_list("pk", flat=True))
        field.is_needed = True  # type: ignore[attr-defined]
        # A run that needs more votes on an example than it has reviewers cannot open.
        self.fields["overlap_votes"].initial = max(1, min(MAX_OVERLAP_FACTOR, len(field.initial)))

    def clean(self) -> dict[str, Any]:
        """Build the terms; inconsistent ones are errors of the form."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            cleaned["terms"] = self._terms(cleaned)
        except SettingsError as error:
            raise forms.ValidationError([render(reason) for reason in error.reasons]) from error
        if errors := cleaned["terms"].validation_errors():
            raise forms.ValidationError([render(reason) for reason in errors])
        return cleaned

    def _terms(self, cleaned: dict[str, Any]) -> RunTerms:
        limits = {name: cleaned[name] for name in LIMITS}
        gates = replace(
            GateSettings.of_preset(cleaned["preset"]),
            both_bad_limit=cleaned["both_bad_limit"],
            operational=OperationalLimits(**limits),
        )
        return RunTerms(
            gates=gates,
            votes_per_example=cleaned["votes_per_example"],
            overlap_percent=cleaned["overlap_percent"],
            overlap_votes=cleaned["overlap_votes"],
            gold_percent=cleaned["gold_percent"] or 0,
            training_examples=cleaned["training_examples"] or 0,
            criteria=cleaned["criteria"],
            rater_ids=tuple(cleaned["rater_ids"]),
            title=cleaned["title"].strip(),
        )

    @classmethod
    def initial_of(cls, terms: RunTerms) -> dict[str, Any]:
        """Return the fields that show these terms."""
        presets = {preset: GateSettings.of_preset(preset).t_intent for preset in Preset}
        chosen = [name for name, line in presets.items() if line == terms.gates.t_intent]
        operational = {name: getattr(terms.gates.operational, name) for name in LIMITS}
        return (
            operational
            | cls.initial_of_criteria(terms.criteria)
            | {
                "title": terms.title,
                "preset": (chosen or [Preset.STANDARD])[0].value,
                "votes_per_example": terms.votes_per_example,
                "overlap_percent": terms.overlap_percent,
                "overlap_votes": terms.overlap_votes,
                "gold_percent": terms.gold_percent,
                "training_examples": terms.training_examples,
                "rater_ids": list(terms.rater_ids),
                "both_bad_limit": terms.gates.both_bad_limit,
            }
        )

    def of(self, *names: str) -> list[forms.BoundField]:
        """Return some of the fields, for a section of the page."""
        return [self[name] for name in names]

    @property
    def first_fields(self) -> list[forms.BoundField]:
        """Return the title and the preset."""
        return self.of(*self.FIRST)

    @property
    def vote_fields(self) -> list[forms.BoundField]:
        """Return the three numbers of votes, shown in one row."""
        return self.of(*self.VOTES)

    @property
    def more_fields(self) -> list[forms.BoundField]:
        """Return the optional gates."""
        return self.of(*self.MORE)


class RunForm(TermsForm):
    """The form of a new run."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Only leads see it."))
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
            name=data["name"].strip(),
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
