"""The model registry: which models can answer, what is known of each, whether they do."""

import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.versions.plans import Changes
from evaluation.providers import keys
from evaluation.providers.addresses import base_url_error, clean_base_url
from evaluation.registry.actions import registry, trials
from evaluation.registry.forms import DescriptionForm, LimitsForm, RegisterForm
from evaluation.registry.local_model import local_model_note
from evaluation.registry.models import Endpoint, ModelTrial, ModelVersion
from evaluation.registry.tasks import TRIALS
from evaluation.registry.trials import is_another_model
from evaluation.runs.models import EvaluationRun
from reviewapp.core.audit.registry import stored_reason
from reviewapp.core.formats import day
from reviewapp.core.messages import Message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

WARN_DAYS = 60
RELATED = ("endpoint", "dataset_version", "created_by", "project", "checkpoint")
SHOWN_RUNS = 20
# A trial that no worker has begun by then is not only waiting for its turn.
STALLED_SECONDS = 15
EVENT_LABELS = {
    "register_model": _("Registered"),
    "import_model": _("Imported"),
    "describe_model": _("Description changed"),
    "set_limits": _("Limits changed"),
    "serve_model": _("Address entered"),
}


def retirement_note(model: ModelVersion, today: date) -> str:
    """Return what to say about the retirement of a model; empty while it is far away."""
    if model.retirement_date is None:
        return ""
    days = (model.retirement_date - today).days
    shown = {"day": day(model.retirement_date), "days": days}
    if days < 0:
        return gettext("The provider retired it on %(day)s.") % shown
    if days <= WARN_DAYS:
        return (
            ngettext(
                "The provider retires it on %(day)s, in %(days)s day.",
                "The provider retires it on %(day)s, in %(days)s days.",
                days,
            )
            % shown
        )
    return ""


@require_safe
@project_view(Permission.LEAD)
def models(request: ProjectRequest) -> HttpResponse:
    """List the models of the project."""
    found = ModelVersion.objects.filter(project=request.project).select_related(*RELATED)
    rows = [
        {
            "model": model,
            "retirement": retirement_note(model, timezone.localdate()),
            "key_missing": _key_missing(model),
            "key_refused": _key_denied_reason(model),
        }
        for model in found.prefetch_related("aliases")
    ]
    context = {"rows": rows, "local_model": local_model_note(request.project)}
    return render(request, "evaluation/registry/models.html", context)


def _key_missing(model: ModelVersion) -> bool:
    return bool(
        model.endpoint
        and model.endpoint.api_key_name
        and not keys.is_set(model.endpoint.api_key_name)
    )


def _key_denied_reason(model: ModelVersion) -> Message | None:
    """Return why the key may not be sent to the model's address; None if it may."""
    endpoint = model.endpoint
    return keys.key_host_error(endpoint.api_key_name, endpoint.base_url) if endpoint else None


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def register(request: ProjectRequest) -> HttpResponse:
    """Register a model."""
    form = RegisterForm(request.POST or None, project=request.project)

    def register_it(**_fields: object) -> ModelVersion:
        project, registration = request.project, form.registration()
        return registry.register_model(
            project=project, registration=registration, actor=request.user
        )

    if request.method == "POST" and (model := form.perform(register_it)):
        if "test" in request.POST:
            TRIALS.send(trials.ask_for_trial(model_id=model.pk, actor=request.user).pk)
        return redirect("evaluation:model", request.project.slug, model.pk)
    context = {"form": form, "known_keys": sorted(keys.WELL_KNOWN_HOSTS)}
    return render(request, "evaluation/registry/model_form.html", context, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def key_notes(request: ProjectRequest) -> HttpResponse:
    """Return whether a key is set here, and which hosts it may go to, as a partial.

    A POST, because the name may be the key itself, which must not get into a log of addresses.
    """
    name, url = (request.POST.get(part, "").strip() for part in ("api_key_name", "base_url"))
    url = "" if base_url_error(clean_base_url(url)) else clean_base_url(url)
    notes = keys.key_notes(name, url) if name else []
    return render(request, "evaluation/registry/_key_notes.html", {"notes": notes})


@require_safe
@project_view(Permission.LEAD)
def model(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Show one model with its history."""
    return _page(request, _model(request, model_id))


def _model(request: ProjectRequest, model_id: int) -> ModelVersion:
    return get_object_or_404(
        ModelVersion.objects.select_related(*RELATED, "checkpoint__training"),
        pk=model_id,
        project=request.project,
    )


def _page(
    request: ProjectRequest,
    found: ModelVersion,
    limits_form: LimitsForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    endpoint = found.endpoint
    limits = {
        "max_concurrent": endpoint.max_concurrent if endpoint else 1,
        "requests_per_minute": endpoint.requests_per_minute if endpoint else 1,
    }
    runs = EvaluationRun.objects.filter(project=request.project)
    context = {
        "model": found,
        "endpoint": endpoint,
        "hyperparameters": json.dumps(found.hyperparameters) if found.hyperparameters else "",
        "extra_body": json.dumps(found.extra_body) if found.extra_body else "",
        "key_missing": _key_missing(found),
        "key_notes": keys.key_notes(endpoint.api_key_name, endpoint.base_url)
        if endpoint and endpoint.api_key_name
        else [],
        "retirement": retirement_note(found, timezone.localdate()),
        "limits_form": limits_form or LimitsForm(initial=limits),
        "shared_with": endpoint.model_versions.exclude(pk=found.pk) if endpoint else [],
        "history": _history(found),
        **_version_changes(found),
        "runs": runs.filter(Q(candidate=found) | Q(baseline=found))[:SHOWN_RUNS],
        **_trial(found),
    }
    return render(request, "evaluation/registry/model.html", context, status=status)


def _version_changes(found: ModelVersion) -> dict[str, Any]:
    """Return what a training added since an earlier model was trained, and that model's name."""
    numbers = dict(found.version_changes)
    earlier = numbers.pop("model", "")
    return {"earlier_model": earlier, "changes": Changes(**numbers) if numbers else None}


def _history(found: ModelVersion) -> list[dict[str, Any]]:
    return [
        {
            "what": EVENT_LABELS.get(event.action, event.action),
            "event": event,
            "reason": stored_reason(event),
            "changes": [
                {"name": _field_label(name), **change}
                for name, change in event.detail.get("changed", {}).items()
            ],
        }
        for event in found.events.select_related("actor")
    ]


def _field_label(name: str) -> str:
    field = DescriptionForm.base_fields.get(name)
    return str(field.label) if field else name


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def describe(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Change what is said about a model."""
    found = _model(request, model_id)
    initial = vars(registry.description_of(found))
    form = DescriptionForm(request.POST or None, initial=initial)

    def describe_it(**_fields: object) -> ModelVersion:
        description = form.description()
        return registry.describe_model(
            model_id=found.pk, description=description, actor=request.user
        )

    if request.method == "POST" and form.perform(describe_it) is not None:
        messages.success(request, gettext("Saved."))
        return redirect("evaluation:model", request.project.slug, found.pk)
    context = {"form": form, "model": found}
    template = "evaluation/registry/model_description.html"
    return render(request, template, context, status=form.status)


@require_POST
@project_view(Permission.LEAD)
def limits(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Change the limits of a model's endpoint."""
    found = _model(request, model_id)
    form = LimitsForm(request.POST)

    def limit_it(**_fields: object) -> Endpoint:
        return registry.set_limits(model_id=found.pk, limits=form.limits(), actor=request.user)

    if not form.perform(limit_it):
        return _page(request, found, form, status=form.status)
    messages.success(
        request, gettext("Saved. The limits hold for every model behind this address.")
    )
    return redirect("evaluation:model", request.project.slug, found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def try_it(request: ProjectRequest, model_id: int) -> HttpResponse:
    """Have a worker ask the model one tiny question; answer the poll for what came of it."""
    found = _model(request, model_id)
    if request.method == "POST":
        trials.ask_for_trial(model_id=found.pk, actor=request.user)
        TRIALS.send_due()
    if not request.htmx:
        return redirect("evaluation:model", request.project.slug, found.pk)
    return render(request, "evaluation/registry/_trial.html", {"model": found, **_trial(found)})


def _trial(found: ModelVersion) -> dict[str, Any]:
    """Return the last trial of a model for the template, with what it says beside the answer."""
    trial = ModelTrial.objects.filter(model_version=found).first()
    if trial is None:
        return {"trial": None}
    waited = (timezone.now() - trial.asked_at).total_seconds()
    return {
        "trial": trial,
        "is_stalled": trial.started_at is None and waited > STALLED_SECONDS,
        "is_put_off": trial.started_at is None and trial.run_after is not None,
        "is_another_model": is_another_model(found.model_id, trial.response_model),
    }
