"""Runs: the list, and setting a new one up."""

from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.gates import GateSettings, Preset
from evaluation.providers import kinds
from evaluation.registry.models import ModelVersion
from evaluation.results.glance import glances_of
from evaluation.runs.actions import run_setup
from evaluation.runs.file_answers import models_with_file_answers
from evaluation.runs.forms.planning import PlannedTermsForm, assumption_of
from evaluation.runs.forms.preview import planned_prompts, short_languages_of
from evaluation.runs.forms.runs import RunForm
from evaluation.runs.models import EvaluationRun
from evaluation.runs.planning_summary import forecast_of
from evaluation.runs.run_names import proposed_run_name
from evaluation.runs.setup_summary import preview_intents
from evaluation.runs.views.proposals import terms_like
from reviewapp.core.errors import DomainError, InvalidInput
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

RUNS_A_PAGE = 20
MODELS_NEEDED = 2


@require_safe
@project_view(Permission.LEAD)
def runs(request: ProjectRequest) -> HttpResponse:
    """List the runs of the project, newest first."""
    before = request.GET.get("before", "")
    found = EvaluationRun.objects.filter(project=request.project)
    rows = list(_page(found, before)[: RUNS_A_PAGE + 1])
    context = {
        "glances": glances_of(rows[:RUNS_A_PAGE], request.user, request.project),
        "next_before": rows[RUNS_A_PAGE - 1].pk if len(rows) > RUNS_A_PAGE else None,
        "is_first": not before,
        "lacks_models": _lacks_models(request),
    }
    return render(request, "evaluation/runs/runs.html", context)


def _page(found: QuerySet[EvaluationRun], before: str) -> QuerySet[EvaluationRun]:
    if before.isascii() and before.isdigit():
        found = found.filter(pk__lt=int(before))
    related = found.select_related("project", "candidate", "baseline", "dataset_version")
    return related.annotate(prompts=Count("comparisons")).order_by("-pk")


def _lacks_models(request: ProjectRequest) -> bool:
    askable = ModelVersion.objects.filter(project=request.project).exclude(provider=kinds.IMPORTED)
    return askable.count() + models_with_file_answers(request.project).count() < MODELS_NEEDED


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_run(request: ProjectRequest) -> HttpResponse:
    """Set up a run; its form or the next page shows what prevents it from starting."""
    if request.method != "POST":
        return _form(request, RunForm(project=request.project, initial=_proposed(request)))
    form = RunForm(request.POST, request.FILES, project=request.project)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        run = run_setup.create_run(
            project=request.project,
            plan=form.plan(),
            prompts=form.cleaned_data["prompt_set"],
            actor=request.user,
        )
    except DomainError as error:
        # Handled here, not by the middleware, to keep what was entered.
        form.add_error(None, str(error))
        return _form(request, form, status=409)
    return redirect("evaluation:run_setup", request.project.slug, run.pk)


def _proposed(request: ProjectRequest) -> dict[str, Any]:
    """Return the models, prompts and terms that a link to the form proposes."""
    names = ("candidate_id", "baseline_id", "prompts", "overlap_percent")
    given = {name: request.GET[name] for name in names if name in request.GET}
    return terms_like(request) | given


def _form(request: ProjectRequest, form: RunForm, *, status: int = 200) -> HttpResponse:
    if request.method == "POST":
        form.require_lost_file()
    context = {"form": form, "lacks_models": _lacks_models(request)}
    return render(request, "evaluation/runs/run_form.html", context, status=status)


@require_safe
@project_view(Permission.LEAD)
def propose_name(request: ProjectRequest) -> HttpResponse:
    """Return the name that is proposed for a run of two models; empty until both are chosen."""
    chosen = (request.GET.get(name, "") for name in ("candidate_id", "baseline_id"))
    return JsonResponse({"name": proposed_run_name(request.project, *chosen)})


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def preview(request: ProjectRequest) -> HttpResponse:
    """Show how a run on the chosen prompts and terms would end, and who cannot read them.

    A chosen file is sent with each change of the form, and read again; nothing is stored.
    """
    template = "evaluation/runs/_intents_preview.html"
    given = request.POST if request.method == "POST" else request.GET
    try:
        planned = planned_prompts(request.project, given.get("prompts", ""), request.FILES)
        settings = GateSettings.of_preset(given.get("preset") or Preset.STANDARD)
    except forms.ValidationError as error:
        return render(request, template, {"rows": [], "file_errors": error.messages})
    except (InvalidInput, ValueError):
        return render(request, template, {"rows": []})
    if planned is None:
        return render(request, template, {"rows": [], "is_large": True})
    assumed, form = assumption_of(given.dict())
    people = [int(pk) for pk in set(given.getlist("rater_ids")) if pk.isdecimal()]
    terms = PlannedTermsForm(given).terms(len(people))
    context = {
        "rows": preview_intents(planned.intents, settings, assumed),
        "forecast": forecast_of(planned.intents, settings, terms, assumed),
        "form": form,
        "short_languages": [
            language.message()
            for language in short_languages_of(request.project, planned.languages, people, terms)
        ],
    }
    return render(request, template, context)
