"""What serves and why: the timeline of promotions, and the page that reads like a document."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.errors import NotAllowed
from datasets.http import ProjectRequest, project_view
from datasets.permissions import Power
from evaluation.actions import gates, promotion
from evaluation.forms.promotions import DeclareForm, PromoteForm, ReasonForm
from evaluation.gates import GateSettings
from evaluation.models import Alias, EvaluationRun, Promotion
from evaluation.permissions import figures_refusal, sign_refusal
from evaluation.run_display import DrawnGate, draw_gates
from evaluation.standing import Standing, rollback_models, standing_of, take_out_refusal

LONGEST_ID = 18
"""Digits; a longer number is no id."""
RELATED = ("model_version", "previous", "run", "requested_by", "signed_by", "declined_by")


@require_safe
@project_view(Power.LEAD)
def promotions(request: ProjectRequest) -> HttpResponse:
    """Show what serves now, what waits for a signature, and who served when and why."""
    return _timeline(request, DeclareForm(project_id=request.project.pk))


def _timeline(request: ProjectRequest, form: DeclareForm, *, status: int = 200) -> HttpResponse:
    of_project = Promotion.objects.filter(project=request.project).select_related(*RELATED)
    aliases = Alias.objects.filter(project=request.project).order_by("-name")
    serving = [
        {
            "alias": alias,
            "targets": rollback_models(alias),
            "may_take_out": not take_out_refusal(alias),
        }
        for alias in aliases.select_related("model_version", "project", "promotion")
    ]
    used = set(of_project.in_force().values_list("alias", flat=True))
    context = {
        "serving": serving,
        "waiting": of_project.waiting().order_by("requested_at"),
        "timeline": of_project.exclude(effective_at=None, declined_at=None)[:200],
        "declare_form": form,
        "reason_form": ReasonForm(),
        "unused": [name for name in Alias.Name if name not in used],
    }
    return render(request, "evaluation/promotions.html", context, status=status)


@require_safe
@project_view(Power.LEAD)
def promotion_page(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Show one promotion as a signed document, or as one that waits for its signature."""
    found = get_object_or_404(
        Promotion.objects.select_related(*RELATED), pk=promotion_id, project=request.project
    )
    hidden = figures_refusal(request.user, found.run) if found.run else ""
    figures = None if hidden else found.evidence.get("figures")
    context = {
        "promotion": found,
        "hidden": hidden,
        "serves": Alias.objects.filter(promotion=found).exists(),
        "until": _until(found),
        "figures": figures,
        "gates": _gates(found.run, figures) if found.run and figures else [],
        "events": found.events.select_related("actor").order_by("at", "pk"),
        "is_waiting": found.effective_at is None and found.declined_at is None,
        "sign_refusal": sign_refusal(request.user, found),
        "reason_form": ReasonForm(),
    }
    return render(request, "evaluation/promotion.html", context)


def _until(found: Promotion) -> datetime | None:
    """When something replaced what this put in service."""
    if found.effective_at is None:
        return None
    of_alias = Promotion.objects.filter(project=found.project_id).of_alias(found.alias).in_force()
    later = of_alias.filter(effective_at__gt=found.effective_at).order_by("effective_at")
    return later.values_list("effective_at", flat=True).first()


def _gates(run: EvaluationRun, figures: Mapping[str, Any]) -> list[DrawnGate]:
    return draw_gates(figures["gates"], GateSettings.from_json(run.gate_settings))


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Power.LEAD)
def promote(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Draw up the document of a promotion, and put it in force or ask for the second signature."""
    run = get_object_or_404(EvaluationRun, pk=run_id, project=request.project)
    if refusal := figures_refusal(request.user, run):
        raise NotAllowed(refusal)
    gates.measure_gates(run_id=run.pk)
    form = PromoteForm(request.POST or None, initial={"alias": request.GET.get("alias")})
    alias = str(form["alias"].value() or Alias.Name.PRODUCTION)
    standing = standing_of(run_id=run.pk, alias=alias)
    if request.method == "POST" and form.is_valid():
        if _is_as_shown(request, standing):
            asked = promotion.Request(run_id=run.pk, **form.cleaned_data)
            made = promotion.promote(request=asked, actor=request.user)
            return redirect("evaluation:promotion", request.project.slug, made.pk)
        form.add_error("alias", _other_alias(standing))
    context = {
        "run": standing.run,
        "standing": standing,
        "figures": standing.figures,
        "gates": _gates(standing.run, standing.figures),
        "form": form,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "evaluation/promote.html", context, status=status)


def _is_as_shown(request: ProjectRequest, standing: Standing) -> bool:
    """Say whether the button said what will happen: an alias chosen later may ask for more."""
    shown = request.POST.get("asks_for", "")
    return not shown or shown == ("signature" if standing.refusal else "nothing")


def _other_alias(standing: Standing) -> str:
    if standing.refusal:
        return "For this alias a second lead has to sign, with a reason. Nothing was changed yet."
    return "For this alias no second signature is needed. Nothing was changed yet: press Promote."


@require_POST
@project_view(Power.LEAD)
def sign(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Sign as the second lead."""
    found = get_object_or_404(Promotion, pk=promotion_id, project=request.project)
    promotion.sign(promotion_id=found.pk, actor=request.user)
    return redirect("evaluation:promotion", request.project.slug, found.pk)


@require_POST
@project_view(Power.LEAD)
def decline(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Decline a promotion that waits."""
    found = get_object_or_404(Promotion, pk=promotion_id, project=request.project)
    promotion.decline(
        promotion_id=found.pk, actor=request.user, reason=request.POST.get("reason", "")
    )
    return redirect("evaluation:promotion", request.project.slug, found.pk)


@require_POST
@project_view(Power.LEAD)
def roll_back(request: ProjectRequest, alias: str) -> HttpResponse:
    """Put back what served before, with a reason."""
    made = promotion.roll_back(
        project=request.project,
        alias=alias,
        reason=request.POST.get("reason", ""),
        actor=request.user,
        to_model_id=_id(request, "to_model_id"),
        seen=_id(request, "seen"),
    )
    messages.success(request, f"{made.model_version} serves as {alias} again.")
    return redirect("evaluation:promotions", request.project.slug)


@require_POST
@project_view(Power.LEAD)
def take_out(request: ProjectRequest, alias: str) -> HttpResponse:
    """End what serves, with a reason and nothing in its place."""
    made = promotion.take_out(
        project=request.project,
        alias=alias,
        reason=request.POST.get("reason", ""),
        actor=request.user,
        seen=_id(request, "seen"),
    )
    messages.success(request, f"{made.model_version} serves as {alias} no longer.")
    return redirect("evaluation:promotions", request.project.slug)


def _id(request: ProjectRequest, name: str) -> int | None:
    given = request.POST.get(name, "")
    return int(given) if given.isdecimal() and len(given) <= LONGEST_ID else None


@require_POST
@project_view(Power.LEAD)
def declare(request: ProjectRequest) -> HttpResponse:
    """State what serves today, before any run."""
    form = DeclareForm(request.POST, project_id=request.project.pk)
    if not form.is_valid():
        return _timeline(request, form, status=422)
    made = promotion.declare(project=request.project, actor=request.user, **form.cleaned_data)
    messages.success(request, f"{made.model_version} serves as {made.alias}.")
    return redirect("evaluation:promotions", request.project.slug)
