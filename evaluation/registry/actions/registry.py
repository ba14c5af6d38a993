"""The registry of models: registering one, and changing its description or its limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext

from datasets.versions.models import DatasetVersion
from evaluation.providers import kinds
from evaluation.providers.addresses import (
    base_url_error,
    clean_base_url,
    host_error,
    key_name_error,
)
from evaluation.registry.models import Endpoint, ModelEvent, ModelVersion
from reviewapp.core import formats
from reviewapp.core.audit.models import REASON
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import require_lead

MAX_CONCURRENT = 200
MAX_REQUESTS_PER_MINUTE = 100_000


@dataclass(frozen=True)
class Description:
    """The description of a model; it may change at any time, each change is recorded."""

    purpose: str = ""
    acceptable_use: str = ""
    known_limitations: str = ""
    changelog: str = ""
    retirement_date: date | None = None
    usd_per_million_input_tokens: Decimal | None = None
    usd_per_million_output_tokens: Decimal | None = None
    prices_as_of: date | None = None


@dataclass(frozen=True)
class Limits:
    """The limits of an endpoint, shared by all workers."""

    max_concurrent: int = 2
    requests_per_minute: int = 60


@dataclass(frozen=True)
class Registration:
    """What identifies a model; it is fixed once registered, because answers refer to it.

    Attributes:
        name: within the project; reviewers who vote never see it.
        base_url: of the Chat Completions service, such as https://api.openai.com/v1.
        api_key_name: environment variable that holds the key; empty for a service without keys.
        model_id: what the service calls it.
        extra_body: further fields of each request.
        version_changes: as in the model; empty for one that no training made.
    """

    name: str
    base_url: str
    model_id: str
    provider: str = kinds.DEFAULT
    api_key_name: str = ""
    base_model: str = ""
    dataset_version_id: int | None = None
    hyperparameters: Mapping[str, Any] = field(default_factory=dict)
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    version_changes: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits = Limits()
    description: Description = Description()


@dataclass(frozen=True)
class OnBehalfOf:
    """The user who started what a worker carries out now; they may be no lead any more.

    Attributes:
        reason: what the worker did, for the event.
    """

    user: User | None
    reason: Message


@transaction.atomic
def register_model(
    *,
    project: Project,
    registration: Registration,
    actor: User | None,
    on_behalf_of: OnBehalfOf | None = None,
) -> ModelVersion:
    """Register a model that can be asked. Its endpoint is shared by all with address and key name.

    Args:
        on_behalf_of: given by a worker, whose `actor` is None.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a name that is taken, an address or a key name that may not be used.
    """
    require_lead(actor, project)
    _check(project, registration)
    model = ModelVersion.objects.create(
        project=project,
        name=registration.name.strip(),
        provider=registration.provider,
        endpoint=(
            None if registration.provider == kinds.UNSERVED else _endpoint(project, registration)
        ),
        model_id=registration.model_id.strip(),
        base_model=registration.base_model,
        dataset_version_id=registration.dataset_version_id,
        hyperparameters=dict(registration.hyperparameters),
        extra_body=dict(registration.extra_body),
        version_changes=dict(registration.version_changes),
        created_by=on_behalf_of.user if on_behalf_of else actor,
        **asdict(registration.description),
    )
    _record(model, "register_model", actor, after=model.name, on_behalf_of=on_behalf_of)
    return model


@transaction.atomic
def set_address(
    *,
    model_id: int,
    base_url: str,
    api_key_name: str = "",
    served_as: str,
    actor: User | None,
    on_behalf_of: OnBehalfOf | None = None,
) -> ModelVersion:
    """Enter where a model that was tuned here is served; done once, because answers refer to it.

    Args:
        served_as: what the service calls it.
        on_behalf_of: given by a worker, whose `actor` is None.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: it has an address, or this one or the key name may not be used.
    """
    model = _locked(model_id)
    require_lead(actor, model.project)
    if model.provider != kinds.UNSERVED:
        raise InvalidInput(message("registry.has_address", name=model.name))
    registration = Registration(
        name=f"{model.name} (served)",
        base_url=base_url,
        api_key_name=api_key_name,
        model_id=served_as,
    )
    _check(model.project, registration)
    model.endpoint = _endpoint(model.project, registration)
    model.provider, model.model_id = registration.provider, served_as
    model.save(update_fields=["endpoint", "provider", "model_id"])
    _record(
        model,
        "serve_model",
        actor,
        after=base_url,
        detail={"model_id": served_as},
        on_behalf_of=on_behalf_of,
    )
    return model


@transaction.atomic
def describe_model(*, model_id: int, description: Description, actor: User | None) -> ModelVersion:
    """Change what is said about a model; what is the same stays unrecorded.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a negative price.
    """
    model = _locked(model_id)
    require_lead(actor, model.project)
    _check_prices(description)
    changed = {}
    for name, value in asdict(description).items():
        before = getattr(model, name)
        if before != value:
            changed[name] = {"before": _as_plain(before), "after": _as_plain(value)}
            setattr(model, name, value)
    if changed:
        model.save(update_fields=list(changed))
        _record(model, "describe_model", actor, detail={"changed": changed})
    return model


@transaction.atomic
def set_limits(*, model_id: int, limits: Limits, actor: User | None) -> Endpoint:
    """Change the limits of a model's endpoint, for every model behind it.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a limit out of range, or a model without an endpoint.
    """
    model = _locked(model_id)
    require_lead(actor, model.project)
    _check_limits(limits)
    if model.endpoint_id is None:
        raise InvalidInput(
            gettext("The answers of %(name)s came from a file, so it has no endpoint.")
            % {"name": model}
        )
    endpoint = Endpoint.objects.select_for_update().get(pk=model.endpoint_id)
    before = _limits_of(endpoint)
    if before != limits:
        endpoint.max_concurrent = limits.max_concurrent
        endpoint.requests_per_minute = limits.requests_per_minute
        endpoint.save(update_fields=["max_concurrent", "requests_per_minute"])
        detail = {"before": asdict(before), "after": asdict(limits)}
        _record(model, "set_limits", actor, detail=detail)
    return endpoint


def description_of(model: ModelVersion) -> Description:
    """Return the current description, to show it in a form."""
    return Description(**{name: getattr(model, name) for name in asdict(Description())})


def _limits_of(endpoint: Endpoint) -> Limits:
    return Limits(endpoint.max_concurrent, endpoint.requests_per_minute)


def _locked(model_id: int) -> ModelVersion:
    return (
        ModelVersion.objects.select_for_update(of=("self",))
        .select_related("project")
        .get(pk=model_id)
    )


def _check(project: Project, registration: Registration) -> None:
    if not registration.name.strip() or not registration.model_id.strip():
        raise InvalidInput(
            gettext("A model needs a name, and the id under which the service knows it.")
        )
    if ModelVersion.objects.filter(project=project, name=registration.name.strip()).exists():
        raise InvalidInput(
            gettext("There is a model “%(name)s” already. Choose another name.")
            % {"name": registration.name.strip()}
        )
    if registration.provider == kinds.UNSERVED:
        _check_version(project, registration)
        return
    if registration.provider not in dict(kinds.provider_choices()):
        raise InvalidInput(
            gettext("Answers of a model without an endpoint are uploaded under Runs.")
        )
    base_url = clean_base_url(registration.base_url)
    if error := (
        base_url_error(base_url)
        or host_error(base_url, settings.PROVIDER_ALLOWED_HOSTS)
        or key_name_error(registration.api_key_name)
    ):
        raise InvalidInput(error)
    _check_version(project, registration)
    _check_limits(registration.limits)
    _check_prices(registration.description)


def _check_version(project: Project, registration: Registration) -> None:
    trained_on = registration.dataset_version_id
    if (
        trained_on is not None
        and not DatasetVersion.objects.filter(project=project, pk=trained_on).exists()
    ):
        raise InvalidInput(gettext("This dataset version does not belong to the project."))


def _check_limits(limits: Limits) -> None:
    if not 1 <= limits.max_concurrent <= MAX_CONCURRENT:
        raise InvalidInput(
            gettext("Between 1 and %(limit)s calls may run at once.")
            % {"limit": formats.count(MAX_CONCURRENT)}
        )
    if not 1 <= limits.requests_per_minute <= MAX_REQUESTS_PER_MINUTE:
        raise InvalidInput(
            gettext("Between 1 and %(limit)s requests a minute may be sent.")
            % {"limit": formats.count(MAX_REQUESTS_PER_MINUTE)}
        )


def _check_prices(description: Description) -> None:
    prices = (description.usd_per_million_input_tokens, description.usd_per_million_output_tokens)
    if any(price is not None and price < 0 for price in prices):
        raise InvalidInput(gettext("A price cannot be negative."))


def _endpoint(project: Project, registration: Registration) -> Endpoint:
    """Return the endpoint with this address and key name; the limits given last hold."""
    limits = registration.limits
    endpoint, _ = Endpoint.objects.update_or_create(
        project=project,
        base_url=clean_base_url(registration.base_url),
        api_key_name=registration.api_key_name,
        defaults={
            "max_concurrent": limits.max_concurrent,
            "requests_per_minute": limits.requests_per_minute,
        },
    )
    return endpoint


def _as_plain(value: object) -> str:
    return "" if value is None else str(value)


def _record(
    model: ModelVersion,
    action: str,
    actor: User | None,
    *,
    after: str = "",
    detail: Mapping[str, object] | None = None,
    on_behalf_of: OnBehalfOf | None = None,
) -> None:
    by_worker = {REASON: on_behalf_of.reason.as_json()} if on_behalf_of else {}
    ModelEvent.objects.create(
        project=model.project,
        model_version=model,
        actor=on_behalf_of.user if on_behalf_of else actor,
        action=action,
        after=after,
        detail={**(detail or {}), **by_worker},
    )
