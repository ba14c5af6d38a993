"""One promotion: asked for on a run, signed or declined by a second lead, read as a document."""

from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evaluation.gates import GateSettings
from evaluation.promotion import actions as promotion
from evaluation.promotion.eligibility import (
    check_eligibility,
    override_required_reason,
    promotion_blocked_reason,
)
from evaluation.promotion.forms import PromoteForm, ReasonForm, SignForm
from evaluation.promotion.models import Alias, Promotion
from evaluation.promotion.permissions import sign_denied_reason
from evaluation.promotion.requests import PromotionRequest
from evaluation.promotion.views.promotions import RELATED
from evaluation.results.actions import gates
from evaluation.results.display import GateCard, build_gate_cards, group_gates
from evaluation.results.reports import RunReport
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.LEAD)
def promotion_page(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Show one promotion as a signed document, or as one that waits for its signature."""
    return _document(request, _promotion_of(request, promotion_id))


def _promotion_of(request: ProjectRequest, promotion_id: int) -> Promotion:
    found = Promotion.objects.select_related(*RELATED)
    return get_object_or_404(found, pk=promotion_id, project=request.project)


def _document(
    request: ProjectRequest, found: Promotion, refused: ActionForm | None = None
) -> HttpResponse:
    hidden = figures_denied_reason(request.user, found.run) if found.run else ""
    figures = None if hidden else found.evidence.get("figures")
    drawn = _gates(found.run, found.evidence["gates"]) if found.run and figures else []
    is_waiting = found.effective_at is None and found.declined_at is None
    context = {
        "promotion": found,
        "hidden": hidden,
        "serves": Alias.objects.filter(promotion=found).exists(),
        "until": _until(found),
        "figures": figures,
        "gates": drawn,
        "groups": group_gates(drawn) if is_waiting else [],
        "events": found.events.select_related("actor").order_by("at", "pk"),
        "is_waiting": is_waiting,
        "is_own": found.requested_by_id == request.user.pk,
        "sign_denied_reason": _sign_denied_reason(request, found) if is_waiting else "",
        "sign_form": refused if isinstance(refused, SignForm) else SignForm(auto_id="sign-%s"),
        "decline_form": refused if isinstance(refused, ReasonForm) else ReasonForm(),
    }
    status = 200 if refused is None else refused.status
    return render(request, "evaluation/promotion/promotion.html", context, status=status)


def _sign_denied_reason(request: ProjectRequest, found: Promotion) -> str:
    if refusal := sign_denied_reason(request.user, found):
        return refusal
    return promotion_blocked_reason(gates.measure_gates(run_id=found.run.pk)) if found.run else ""


def _until(found: Promotion) -> datetime | None:
    """When something replaced what this put in service."""
    if found.effective_at is None:
        return None
    of_alias = Promotion.objects.filter(project=found.project_id).of_alias(found.alias).in_effect()
    later = of_alias.filter(effective_at__gt=found.effective_at).order_by("effective_at")
    return later.values_list("effective_at", flat=True).first()


def _gates(run: EvaluationRun, stored: list[dict[str, Any]]) -> list[GateCard]:
    return build_gate_cards(stored, GateSettings.from_json(run.gate_settings))


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def promote(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show a run's evidence with a form that promotes, or asks for the second signature."""
    run = get_object_or_404(EvaluationRun, pk=run_id, project=request.project)
    if refusal := figures_denied_reason(request.user, run):
        raise PermissionDeniedError(refusal)
    report = gates.measure_gates(run_id=run.pk)
    wanted = request.GET.get("alias", "")
    form = PromoteForm(
        request.POST or None,
        initial={"alias": wanted if wanted in Alias.Name.values else Alias.Name.PRODUCTION},
        refusals={name: override_required_reason(report, alias=name) for name in Alias.Name.values},
        asks_for=request.POST.get("asks_for", ""),
    )
    if request.method == "POST":
        made = form.perform(partial(_promote, request, report))
        if made is not None:
            return redirect("evaluation:promotion", request.project.slug, made.pk)
    eligibility = check_eligibility(report, alias=form.alias_shown)
    context = {
        "run": eligibility.run,
        "eligibility": eligibility,
        "figures": eligibility.figures,
        "groups": group_gates(_gates(eligibility.run, eligibility.gates)),
        "form": form,
        "is_offered": form.is_bound or not eligibility.blocked_reason,
    }
    return render(request, "evaluation/promotion/promote.html", context, status=form.status)


def _promote(request: ProjectRequest, report: RunReport, **fields: str) -> Promotion:
    asked = PromotionRequest(run_id=report.run.pk, **fields)
    return promotion.promote(request=asked, actor=request.user, report=report)


@require_POST
@project_view(Permission.LEAD)
def sign(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Sign as the second lead, with a note."""
    form = SignForm(request.POST, auto_id="sign-%s")
    return _decide(request, promotion_id, form, promotion.sign)


@require_POST
@project_view(Permission.LEAD)
def decline(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Decline a promotion that waits, or withdraw one's own request."""
    return _decide(request, promotion_id, ReasonForm(request.POST), promotion.decline)


def _decide(
    request: ProjectRequest, promotion_id: int, form: ActionForm, action: Any
) -> HttpResponse:
    found = _promotion_of(request, promotion_id)
    made = form.perform(partial(action, promotion_id=found.pk, actor=request.user))
    if made is None:
        return _document(request, _promotion_of(request, promotion_id), form)
    return redirect("evaluation:promotion", request.project.slug, found.pk)
