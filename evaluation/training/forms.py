"""Forms of trainings: each turns a POST into the arguments of one action."""

import hashlib
import json
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datasets.versions.costs import LISTED_PRICES
from datasets.versions.models import DatasetVersion
from evaluation.preferences.models import PreferenceSet
from evaluation.training.models import Method, TrainingRun
from evaluation.training.naming import MAX_PATTERN_LENGTH
from evaluation.training.plans import MAX_MODEL_LENGTH, provider_or_error
from evaluation.training.providers.base import Capability, Hyperparameter, TrainingProvider
from evaluation.training.providers.kinds import DEFAULT, provider_choices, training_provider
from evaluation.training.terms import TrainingPlan
from reviewapp.core import formats
from reviewapp.core.forms import ActionForm
from reviewapp.people.models import Project

MAX_BUDGET = 10_000_000
MODEL_LIST = "base-models"


class TrainingForm(ActionForm):
    """What is trained, on which version, where, and how; the provider decides which fields."""

    kind = forms.CharField(widget=forms.HiddenInput, required=False)
    version_id = forms.TypedChoiceField(label=_("Dataset version"), coerce=int)
    base_model = forms.CharField(
        label=_("Base model"),
        max_length=MAX_MODEL_LENGTH,
        help_text=_("As the provider calls it. An earlier tuned model is trained further."),
        widget=forms.TextInput(attrs={"list": MODEL_LIST, "spellcheck": "false"}),
    )
    base_url = forms.CharField(label=_("Address of the API"), max_length=500)
    api_key_name = forms.CharField(
        label=_("Name of the key"),
        required=False,
        max_length=80,
        help_text=_("Of an environment variable, such as OPENAI_API_KEY; never the key itself."),
    )
    seed = forms.IntegerField(
        label=_("Seed"), required=False, min_value=0, help_text=_("Empty: the provider chooses.")
    )
    suffix = forms.CharField(
        label=_("Suffix"),
        required=False,
        help_text=_("Part of the name that the provider gives the model."),
    )
    preferences_id = forms.TypedChoiceField(
        label=_("Preferences in place of the version's answers"),
        coerce=int,
        required=False,
        empty_value=None,
        help_text=_("Pairs out of votes (DPO). The version is that of the model trained further."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "data-autogrow": True}),
    )

    WHAT = ("version_id", "base_model")
    WHERE = ("base_url", "api_key_name")
    MORE = ("preferences_id", "seed", "suffix", "note")

    def __init__(self, *args: Any, project: Project, kind: str = DEFAULT, **kwargs: Any) -> None:
        """Offer the versions of the project, and what the provider lets a lead choose."""
        super().__init__(*args, **kwargs)
        self.provider = training_provider(kind) or provider_or_error(DEFAULT)
        self.fields["kind"].initial = self.provider.kind
        versions = DatasetVersion.objects.filter(project=project)
        field = self.fields["version_id"]
        if isinstance(field, forms.TypedChoiceField):
            label = gettext("Version %(number)s")
            field.choices = [
                (version.pk, label % {"number": version.number}) for version in versions
            ]
        self.has_versions = bool(versions)
        self._offer_preferences(project)
        self._propose_service(project)
        takes_pairs = "preferences_id" in self.fields
        self.parameters = [
            parameter
            for parameter in self.provider.hyperparameters
            if takes_pairs or not parameter.is_for_preferences
        ]
        for parameter in self.parameters:
            make = _choice_field if parameter.choices else _number_field
            self.fields[parameter.name] = make(parameter)
        for name, limit in (
            ("seed", self.provider.max_seed),
            ("suffix", self.provider.max_suffix_length),
        ):
            if not limit:
                del self.fields[name]
        if not self.provider.has_endpoint:
            for name in self.WHERE:
                del self.fields[name]
        if not self.provider.takes_any_base:
            self.fields["base_model"] = _base_field(self.provider.base_models())
        self.known_models = _known_models(project, self.provider)

    def _offer_preferences(self, project: Project) -> None:
        """Offer the sets of preferences of the project, where the provider can train on one."""
        sets = PreferenceSet.objects.filter(project=project)
        field, label = self.fields["preferences_id"], gettext("Preferences, set %(number)s")
        self.can_prefer = Capability.PREFERENCES in self.provider.capabilities
        if not sets or not self.can_prefer:
            del self.fields["preferences_id"]
        elif isinstance(field, forms.TypedChoiceField):
            none = gettext("None: supervised, on the version")
            named = [(found.pk, label % {"number": found.number}) for found in sets]
            field.choices = [("", none), *named]

    def _propose_service(self, project: Project) -> None:
        """Propose the address and the key of the last training at this provider."""
        here = TrainingRun.objects.filter(project=project, provider=self.provider.kind)
        last = here.select_related("endpoint").first()
        endpoint = last.endpoint if last else None
        url, key_name = self.fields["base_url"], self.fields["api_key_name"]
        url.help_text = str(self.provider.address_help)
        url.initial = endpoint.base_url if endpoint else self.provider.base_url
        key_name.initial = endpoint.api_key_name if endpoint else self.provider.api_key_name

    def kinds(self) -> list[tuple[str, str | Promise]]:
        """Return kind and label of each provider."""
        return provider_choices()

    def preferring_providers(self) -> str:
        """Return the names of the providers that train on preferences, each in quotes."""
        return ", ".join(
            gettext("“%(name)s”") % {"name": label}
            for kind, label in provider_choices()
            if Capability.PREFERENCES in provider_or_error(kind).capabilities
        )

    def what_fields(self) -> list[forms.BoundField]:
        """Return version and base model."""
        return [self[name] for name in self.WHAT]

    def where_fields(self) -> list[forms.BoundField]:
        """Return address and key."""
        return [self[name] for name in self.WHERE if name in self.fields]

    def how_fields(self) -> list[forms.BoundField]:
        """Return what the provider lets a lead choose."""
        return [self[parameter.name] for parameter in self.parameters]

    def more_fields(self) -> list[forms.BoundField]:
        """Return what rarely changes."""
        return [self[name] for name in self.MORE if name in self.fields]

    def plan(self) -> TrainingPlan:
        """Return what was entered, for the action."""
        data = self.cleaned_data
        names = [parameter.name for parameter in self.parameters]
        return TrainingPlan(
            version_id=data["version_id"],
            preferences_id=data.get("preferences_id"),
            method=(Method.DPO if data.get("preferences_id") else Method.SFT).value,
            provider=self.provider.kind,
            base_url=data.get("base_url", "").strip().rstrip("/"),
            api_key_name=data.get("api_key_name", "").strip(),
            base_model=data["base_model"].strip(),
            hyperparameters={name: data[name] for name in names if data[name] not in {None, ""}},
            seed=data.get("seed"),
            suffix=data.get("suffix", "").strip(),
            note=data["note"],
        )

    def asked_for(self) -> str:
        """Return what a forecast depends on, to notice when it changed since."""
        data = {name: value for name, value in self.cleaned_data.items() if name != "note"}
        return hashlib.sha256(json.dumps(data, sort_keys=True, default=str).encode()).hexdigest()


class TrainingSettingsForm(ActionForm):
    """Budget and names of the trainings of a project."""

    monthly_budget_usd = forms.IntegerField(
        label=_("Budget of a month (US dollars)"),
        required=False,
        min_value=0,
        max_value=MAX_BUDGET,
        help_text=_("Empty for no limit. Forecasts of trainings under way count too."),
    )
    name_pattern = forms.CharField(
        label=_("Names of tuned models"),
        max_length=MAX_PATTERN_LENGTH,
        help_text=_("With {project}, {base}, {version}, and {n}, which counts."),
    )


def _number_field(parameter: Hyperparameter) -> forms.Field:
    common: dict[str, Any] = {
        "label": parameter.label,
        "required": False,
        "min_value": parameter.minimum,
        "max_value": parameter.maximum,
        "help_text": _limits(parameter),
    }
    if parameter.is_whole:
        return forms.IntegerField(**common, initial=parameter.default and int(parameter.default))
    return forms.FloatField(**common, initial=parameter.default)


def _base_field(names: list[str]) -> forms.Field:
    """Return the choice of the base models that an operator has registered."""
    return forms.ChoiceField(
        label=_("Base model"),
        choices=[(name, name) for name in names],
        error_messages={
            "required": _("No base model is registered. Run “make setup-model”, then start again.")
        },
    )


def _choice_field(parameter: Hyperparameter) -> forms.Field:
    choices = [("", gettext("The provider chooses")), *parameter.choices]
    return forms.ChoiceField(label=str(parameter.label), required=False, choices=choices)


def _limits(parameter: Hyperparameter) -> str:
    if parameter.is_applied and parameter.default is not None:
        return _limits_with_default(parameter, parameter.default)
    if parameter.maximum is None:
        return gettext("Above %(low)s. Empty: the provider chooses.") % {
            "low": formats.decimal(parameter.above or parameter.minimum or 0, 0)
        }
    return gettext("%(low)s to %(high)s. Empty: the provider chooses.") % {
        "low": formats.count(int(parameter.minimum or 0)),
        "high": formats.count(int(parameter.maximum)),
    }


def _limits_with_default(parameter: Hyperparameter, default: float) -> str:
    if not parameter.is_whole:
        return gettext("Above %(low)s, at most %(high)s. Empty: %(default)s.") % {
            "low": formats.decimal(parameter.above or 0, 0),
            "high": formats.decimal(parameter.maximum or 0, 0),
            "default": formats.decimal(default, 4),
        }
    return gettext("%(low)s to %(high)s. Empty: %(default)s.") % {
        "low": formats.count(int(parameter.minimum or 0)),
        "high": formats.count(int(parameter.maximum or 0)),
        "default": formats.count(int(default)),
    }


def _known_models(project: Project, provider: TrainingProvider) -> list[str]:
    """Return base models with prices, and what was tuned at this provider, the latest first."""
    here = TrainingRun.objects.filter(project=project, provider=provider.kind)
    tuned = here.exclude(tuned_model="")
    own = project.training_prices.values_list("base_model", flat=True)
    listed = [price.base_model for price in LISTED_PRICES if provider.has_list_prices]
    names = [*tuned.values_list("tuned_model", flat=True), *own, *listed]
    return list(dict.fromkeys(names))
