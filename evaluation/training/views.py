"""The pages of trainings: list, set-up with its forecast, one training as it runs, settings."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.conversations.split import Split
from datasets.versions.models import DatasetVersion
from evaluation.promotion.models import Alias
from evaluation.providers import kinds
from evaluation.providers.keys import key_notes
from evaluation.registry.base_models import models_named
from evaluation.registry.models import ModelVersion
from evaluation.runs.file_answers import is_from_file, run_with_answers_of
from evaluation.runs.forms.prompt_choices import key_of_run
from evaluation.training.actions import asking, starting
from evaluation.training.bundle.views import bundle_context
from evaluation.training.forecast import settings_of, spent_this_month
from evaluation.training.forms import TrainingForm, TrainingSettingsForm
from evaluation.training.models import Ask, TrainingRun, TrainingSettings
from evaluation.training.plans import provider_or_error
from evaluation.training.preflights.actions import check_training
from evaluation.training.progress import progress_of
from evaluation.training.proposals import proposed_for, usual_provider
from evaluation.training.providers.base import Service
from evaluation.training.providers.kinds import DEFAULT
from evaluation.training.retirement.dates import shutdown_of
from evaluation.training.schedules.actions.dates import start_prepared
from evaluation.training.schedules.terms import prepared_terms
from evaluation.training.tasks import TRAININGS
from evaluation.training.version_changes import changes_between
from evaluation.training.windows.calendar import opening_of, waits_until, zone_name_of
from reviewapp.core.messages import Message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

MAX_DIGITS = 9
# htmx stops polling at this status.
STOP_POLLING = 286
SHOWN = 100


@require_safe
@project_view(Permission.LEAD)
def trainings(request: ProjectRequest) -> HttpResponse:
    """List the trainings of the project, the latest first."""
    found = TrainingRun.objects.filter(project=request.project).select_related("version")
    context = {
        "trainings": found.order_by("-pk")[:SHOWN],
        "has_versions": request.project.versions.exists(),
        **_budget(request),
    }
    return render(request, "evaluation/training/trainings.html", context)


def _budget(request: ProjectRequest) -> dict[str, Any]:
    """Return the budget of the month and what is spent of it."""
    budget = settings_of(request.project).monthly_budget_usd
    return {"budget": budget, "spent": spent_this_month(request.project)}


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_training(request: ProjectRequest) -> HttpResponse:
    """Set up a training: show its check and its forecast, then start it."""
    project = request.project
    if request.method != "POST":
        initial = _proposed(request)
        wanted = request.GET.get("provider") or initial.get("provider")
        if not wanted:
            # What is linked with a base model or with pairs may not be possible at another service.
            is_open = not {"base_model", "preferences_id"} & initial.keys()
            wanted = usual_provider(project) if is_open else DEFAULT
        return _set_up(request, TrainingForm(project=project, kind=wanted, initial=initial))
    if switch_to := request.POST.get("switch_to"):
        return _set_up(request, _switched(request, switch_to))
    form = TrainingForm(request.POST, project=project, kind=request.POST.get("kind", DEFAULT))
    found = form.perform(lambda **_: starting.prepare_training(project, form.plan()))
    if found is None:
        return _set_up(request, form)
    is_forecast = request.POST.get("forecast_for") == form.asked_for()
    if is_forecast and (started := _start(request, form)):
        TRAININGS.send(started.pk)
        return redirect("evaluation:training_run", project.slug, started.pk)
    return _set_up(request, form, found)


def _start(request: ProjectRequest, form: TrainingForm) -> TrainingRun | None:
    """Start what was forecast, also what a schedule prepared: at once, or in the next window."""
    start: Callable[..., TrainingRun] = starting.start_training
    if scheduled_id := _number(request.POST.get("prepared", "")):
        start = partial(start_prepared, scheduled_id=scheduled_id)
    return form.perform(
        lambda **_: start(
            project=request.project,
            plan=form.plan(),
            actor=request.user,
            in_window=request.POST.get("start") == "window",
        )
    )


def _number(text: str) -> int | None:
    """Return a number from an address; None for anything else."""
    is_number = text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    return int(text) if is_number else None


def _switched(request: ProjectRequest, kind: str) -> TrainingForm:
    """Return the form of another provider, with what was entered as far as it has the fields."""
    theirs = ("kind", "base_url", "api_key_name", "switch_to", "forecast_for")
    kept = {name: value for name, value in request.POST.items() if name not in theirs}
    return TrainingForm(project=request.project, kind=kind, initial=kept)


def _proposed(request: ProjectRequest) -> dict[str, Any]:
    """Return what a link to the form proposes: version and base model, or a prepared training."""
    if scheduled_id := _number(request.GET.get("prepared", "")):
        return prepared_terms(request.project, scheduled_id)
    found: dict[str, Any] = {}
    if number := _number(request.GET.get("version", "")):
        version = request.project.versions.filter(number=number).first()
        found = proposed_for(version) if version else {}
    if base := request.GET.get("base_model"):
        found["base_model"] = base
    if number := _number(request.GET.get("preferences", "")):
        pairs = request.project.preference_sets.filter(number=number).first()
        found |= {"preferences_id": str(pairs.pk)} if pairs else {}
    return found


def _set_up(
    request: ProjectRequest, form: TrainingForm, prepared: starting.Prepared | None = None
) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "form": form,
        "prepared": prepared,
        "scheduled_id": _number(asked.get("prepared", "")),
        **_budget(request),
    }
    if prepared is not None:
        denied = starting.budget_denied_reason(request.project, prepared.forecast)
        context |= {
            "checked": check_training(request.project, form.provider, prepared),
            **_since_production(request, prepared.version),
            "denied": denied,
            "shutdown": shutdown_of(
                request.project, prepared.plan.base_model, prepared.plan.service.base_url
            ),
            "key_notes": _key_notes(prepared.plan.service),
            "forecast_for": form.asked_for(),
            "opening": opening_of(request.project),
            "zone": zone_name_of(request.project),
        }
    return render(request, "evaluation/training/training_form.html", context, status=form.status)


def _key_notes(service: Service) -> list[Message]:
    """Return whether this server has the key, and where it may go; empty for none."""
    name = service.api_key_name
    return key_notes(name, service.base_url) if name else []


def _since_production(request: ProjectRequest, version: DatasetVersion) -> dict[str, Any]:
    """Return what changed since the version on which the production model was trained."""
    alias = (
        Alias.objects.filter(project=request.project, name=Alias.Name.PRODUCTION)
        .select_related("model_version__dataset_version")
        .first()
    )
    trained_on = alias.model_version.dataset_version if alias else None
    is_same = trained_on == version
    return {
        "production": alias and alias.model_version,
        "is_same_version": is_same,
        "changes": changes_between(version, trained_on) if trained_on and not is_same else None,
    }


@require_safe
@project_view(Permission.LEAD)
def training_run(request: ProjectRequest, training_id: int) -> HttpResponse:
    """Show one training as it runs, and what came of it."""
    training = _training(request, training_id)
    return render(request, "evaluation/training/training.html", _shown(request, training))


@require_safe
@project_view(Permission.LEAD)
def training_live(request: ProjectRequest, training_id: int) -> HttpResponse:
    """Return what changes while a training runs, for a poll."""
    training = _training(request, training_id)
    response = render(request, "evaluation/training/_training_live.html", _shown(request, training))
    if request.GET.get("seen") != f"{training.stage}-{training.asked}" or training.is_over:
        # The buttons of the page depend on the stage.
        response.status_code = STOP_POLLING
        response["HX-Refresh"] = "true"
    return response


def _training(request: ProjectRequest, training_id: int) -> TrainingRun:
    found = TrainingRun.objects.select_related("project", "version", "endpoint", "started_by")
    return get_object_or_404(found, pk=training_id, project=request.project)


def _shown(request: ProjectRequest, training: TrainingRun) -> dict[str, Any]:
    production = Alias.objects.filter(project=request.project, name=Alias.Name.PRODUCTION).first()
    hyperparameters = {**training.hyperparameters, **training.used_hyperparameters}
    provider = provider_or_error(training.provider)
    labels = {parameter.name: parameter.label for parameter in provider.hyperparameters}
    return {
        "training": training,
        "provider": provider,
        "progress": progress_of(training),
        "settings": [(labels.get(name, name), value) for name, value in hyperparameters.items()],
        "acts": [ask for ask in Ask if ask and asking.ask_denied_reason(training, ask) is None],
        **_compared(training, production),
        **bundle_context(training),
        "waits_until": waits_until(training),
        "zone": zone_name_of(request.project),
    }


def _compared(training: TrainingRun, production: Alias | None) -> dict[str, Any]:
    """Return the part of the context about the run that “Compare” proposes."""
    baseline = baseline_of(training, production)
    answered = run_with_answers_of(baseline) if baseline else None
    model = production.model_version if production else None
    return {
        "baseline": baseline,
        "answered": answered,
        "prompts": key_of_run(answered) if answered else f"{training.version_id}:{Split.TEST}",
        "production_from_file": model if model and is_from_file(model) else None,
    }


def baseline_of(training: TrainingRun, production: Alias | None) -> ModelVersion | None:
    """Return what a tuned model is compared with: production, what it continues, or its base.

    Production also if its answers came from a file, else the first one that can be asked.
    """
    production_model = production.model_version if production else None
    if production_model and is_from_file(production_model):
        answered = run_with_answers_of(production_model)
        if answered is not None:
            return production_model
    same_base = models_named(training.project, training.base_model)
    models = (production_model, training.continues, *same_base.order_by("pk"))
    askable = (model for model in models if model and model.provider not in kinds.WITHOUT_ENDPOINT)
    return next(askable, None)


@require_POST
@project_view(Permission.LEAD)
def act_on_training(request: ProjectRequest, training_id: int) -> HttpResponse:
    """Ask for a training to be cancelled, paused or resumed."""
    training = _training(request, training_id)
    ask = request.POST.get("act", "")
    if ask not in Ask.values or not ask:
        raise Http404
    asking.ask_training(training_id=training.pk, ask=Ask(ask), actor=request.user)
    TRAININGS.send(training.pk)
    return redirect("evaluation:training_run", request.project.slug, training.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def training_settings(request: ProjectRequest) -> HttpResponse:
    """Show and change budget and names."""
    current = settings_of(request.project)
    initial = {
        "monthly_budget_usd": current.monthly_budget_usd,
        "name_pattern": current.name_pattern,
    }
    form = TrainingSettingsForm(request.POST or None, initial=initial)

    def change(**fields: Any) -> TrainingSettings:
        return starting.change_training_settings(
            project=request.project, actor=request.user, **fields
        )

    if request.method == "POST" and form.perform(change) is not None:
        messages.success(request, gettext("Saved. It holds for trainings that start from now on."))
        return redirect("evaluation:trainings", request.project.slug)
    context = {"form": form}
    return render(
        request, "evaluation/training/training_settings.html", context, status=form.status
    )
