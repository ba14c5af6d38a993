"""Forms of the model registry: each turns a POST into the arguments of one action."""

import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.forms.fields import InvalidJSONInput
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datasets.conversations.chat import check_storable
from datasets.conversations.errors import ShapeError
from datasets.versions.models import DatasetVersion
from evaluation.providers.addresses import (
    base_url_error,
    clean_base_url,
    host_error,
    key_name_error,
)
from evaluation.providers.kinds import provider_choices
from evaluation.registry.actions.registry import Description, Limits, Registration
from reviewapp.core.forms import ActionForm
from reviewapp.core.texts import render
from reviewapp.people.models import Project

_SHORT = forms.Textarea(attrs={"rows": 2, "data-autogrow": True})
_DAY = forms.DateInput(attrs={"type": "date"})
OPENAI_URL = "https://api.openai.com/v1"


class ObjectField(forms.JSONField):
    """A JSON object; empty is the object without fields."""

    widget = forms.Textarea(attrs={"rows": 2, "data-autogrow": True, "spellcheck": "false"})

    def to_python(self, value: Any) -> Any:
        """Reject values that the database cannot hold, such as NaN or a lone surrogate."""
        try:
            found = super().to_python(value)
            json.dumps(found, allow_nan=False)
        except (ValueError, RecursionError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None
        try:
            check_storable(found)
        except ShapeError as error:
            raise forms.ValidationError(str(error), code=error.code) from None
        return found

    def bound_data(self, data: Any, initial: Any) -> Any:
        """Show again what was typed, as it was typed."""
        return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        """Show nothing where nothing was entered, instead of null."""
        return "" if value is None else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """Reject JSON that is not an object."""
        found = super().clean(value)
        if found in (None, ""):
            return {}
        if not isinstance(found, dict):
            raise forms.ValidationError(
                gettext('Write a JSON object, such as {"epochs": 3}, or nothing.')
            )
        return found


@dataclass(frozen=True)
class Section:
    """Fields under a heading, folded unless they are needed now."""

    heading: str
    fields: list[forms.BoundField]
    is_open: bool


class DescriptionForm(ActionForm):
    """The description of a model, which may change."""

    purpose = forms.CharField(label=_("Purpose"), required=False, max_length=4000, widget=_SHORT)
    acceptable_use = forms.CharField(
        label=_("Acceptable use"), required=False, max_length=4000, widget=_SHORT
    )
    known_limitations = forms.CharField(
        label=_("Known limitations"), required=False, max_length=4000, widget=_SHORT
    )
    changelog = forms.CharField(
        label=_("Changelog"),
        required=False,
        max_length=4000,
        widget=_SHORT,
        help_text=_("What is new in this one."),
    )
    retirement_date = forms.DateField(
        label=_("Retirement date"),
        required=False,
        widget=_DAY,
        help_text=_("When the provider takes it out of service."),
    )
    usd_per_million_input_tokens = forms.DecimalField(
        label=_("US dollars for a million tokens read"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=4,
    )
    usd_per_million_output_tokens = forms.DecimalField(
        label=_("US dollars for a million tokens written"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=4,
    )
    prices_as_of = forms.DateField(label=_("Prices read on"), required=False, widget=_DAY)

    def description(self) -> Description:
        """Return what was entered, for the action."""
        names = Description.__dataclass_fields__
        return Description(**{name: self.cleaned_data[name] for name in names})


class LimitsForm(ActionForm):
    """The limits of an endpoint."""

    max_concurrent = forms.IntegerField(
        label=_("Calls at once"), min_value=1, max_value=200, initial=2
    )
    requests_per_minute = forms.IntegerField(
        label=_("Requests a minute"), min_value=1, max_value=100_000, initial=60
    )

    def limits(self) -> Limits:
        """Return what was entered, for the action."""
        return Limits(self.cleaned_data["max_concurrent"], self.cleaned_data["requests_per_minute"])


class RegisterForm(LimitsForm, DescriptionForm):
    """A new model."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("Leads see it everywhere; reviewers who vote never do."),
    )
    provider = forms.ChoiceField(label=_("Provider"), choices=provider_choices)
    base_url = forms.CharField(
        label=_("Base URL"),
        max_length=500,
        help_text=format_lazy(
            _("Of the Chat Completions service, usually ending in /v1, such as {url}."),
            url=OPENAI_URL,
        ),
    )
    api_key_name = forms.CharField(
        label=_("Name of the key's environment variable"),
        required=False,
        max_length=80,
        help_text=_(
            "It ends in _API_KEY, such as OPENAI_API_KEY; the key itself is never stored. "
            "An administrator lists the hosts it may go to in OPENAI_API_KEY_HOSTS. "
            "Empty for a service without keys."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "list": "known-keys"}
        ),
    )
    model_id = forms.CharField(
        label=_("Model id"), max_length=200, help_text=_("What the service calls the model.")
    )
    base_model = forms.CharField(
        label=_("Base model"), required=False, max_length=200, help_text=_("What was tuned.")
    )
    dataset_version_id = forms.TypedChoiceField(
        label=_("Tuned on"), required=False, coerce=int, empty_value=None
    )
    hyperparameters = ObjectField(
        label=_("Hyperparameters"),
        required=False,
        help_text=_('JSON, such as {"epochs": 3}.'),
    )
    extra_body = ObjectField(
        label=_("Further fields of each request"),
        required=False,
        help_text=_('JSON, such as {"lora": [{"id": 0, "scale": 1.0}]}.'),
    )
    field_order = ("name", "provider", "base_url", "model_id", "api_key_name")

    IDENTITY = ("name", "provider", "base_url", "model_id", "api_key_name")
    ORIGIN = ("base_model", "dataset_version_id", "hyperparameters", "extra_body")

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        """Offer the dataset versions of the project."""
        super().__init__(*args, **kwargs)
        versions = DatasetVersion.objects.filter(project=project).order_by("-number")
        field = self.fields["dataset_version_id"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [("", gettext("No version of this project"))] + [
                (version.pk, gettext("Version %(number)s") % {"number": version.number})
                for version in versions
            ]

    def clean_base_url(self) -> str:
        """Reject an address that may not be called."""
        url = clean_base_url(self.cleaned_data["base_url"])
        error = base_url_error(url) or host_error(url, settings.PROVIDER_ALLOWED_HOSTS)
        if error:
            raise forms.ValidationError(render(error))
        return url

    def clean_api_key_name(self) -> str:
        """Reject an invalid name; it is not shown again, because it may be the key itself."""
        name: str = self.cleaned_data["api_key_name"]
        if error := key_name_error(name):
            self.data = {name: self.data[name] for name in self.data} | {"api_key_name": ""}
            raise forms.ValidationError(render(error))
        return name

    def registration(self) -> Registration:
        """Return what was entered, for the action."""
        names = (*self.IDENTITY, *self.ORIGIN)
        return Registration(
            **{name: self.cleaned_data[name] for name in names},
            limits=self.limits(),
            description=self.description(),
        )

    def identity_fields(self) -> list[forms.BoundField]:
        """Return what is needed to ask the model, without its key."""
        return [self[name] for name in self.IDENTITY if name != "api_key_name"]

    def limit_fields(self) -> list[forms.BoundField]:
        """Return the limits of the endpoint."""
        return [self[name] for name in LimitsForm.base_fields]

    def further_sections(self) -> list[Section]:
        """Return the sections that may stay empty; one with an error is shown open."""
        parts = [
            (gettext("Origin"), self.ORIGIN),
            (gettext("Description and prices"), tuple(DescriptionForm.base_fields)),
        ]
        return [
            Section(heading, [self[name] for name in names], any(n in self.errors for n in names))
            for heading, names in parts
        ]
