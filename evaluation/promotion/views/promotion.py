"""Pages of one promotion: request it on a run, read it as a document, sign or decline it."""

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
from evaluation.results.gate_table import GateGroup, build_gate_groups
from evaluation.results.reports import RunReport, build_report, report_for_evidence
from evaluation.runs.models import EvaluationRun
from evaluation.runs.permissions import figures_denied_reason
from reviewapp.core.errors import PermissionDeniedError
from reviewapp.core.forms import ActionForm
from reviewapp.core.texts import render as render_message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.independence import were_added_together
from reviewapp.people.permissions import Permission

RUN_RELATED = ("run__project", "run__candidate", "run__baseline", "run__dataset_version")


@require_safe
@project_view(Permission.LEAD)
def promotion_page(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Show one promotion as a document; while it is pending, with the forms to sign or decline."""
    return _document(request, _promotion_of(request, promotion_id))


def _promotion_of(request: ProjectRequest, promotion_id: int) -> Promotion:
    promotions = Promotion.objects.select_related(*RELATED, *RUN_RELATED)
    return get_object_or_404(promotions, pk=promotion_id, project=request.project)


def _document(
    request: ProjectRequest, shown: Promotion, rejected: ActionForm | None = None
) -> HttpResponse:
    """Render a promotion; a form that was not accepted replaces its empty one."""
    hidden = figures_denied_reason(request.user, shown.run) if shown.run else ""
    figures = None if hidden else shown.evidence.get("figures")
    groups = _gate_groups(shown.run, shown.evidence["gates"]) if shown.run and figures else []
    is_pending = shown.effective_at is None and shown.declined_at is None
    is_sign_rejected = isinstance(rejected, SignForm)
    context = {
        "promotion": shown,
        "hidden": hidden,
        "serves": Alias.objects.filter(promotion=shown).exists(),
        "until": _replaced_at(shown),
        "figures": figures,
        "groups": groups,
        "events": shown.events.select_related("actor").order_by("at", "pk"),
        "is_pending": is_pending,
        "is_own": shown.requested_by_id == request.user.pk,
        "added_together": _were_added_together(request, shown, is_pending=is_pending),
        # A rejected form shows its own error, so that the report is not built a second time.
        "sign_denied_reason": _sign_denied_reason(request, shown)
        if is_pending and not is_sign_rejected
        else "",
        "sign_form": rejected if is_sign_rejected else SignForm(auto_id="sign-%s"),
        "decline_form": rejected if isinstance(rejected, ReasonForm) else ReasonForm(),
    }
    status = 200 if rejected is None else rejected.status
    return render(request, "evaluation/promotion/promotion.html", context, status=status)


def _were_added_together(request: ProjectRequest, shown: Promotion, *, is_pending: bool) -> bool:
    """Return whether the asking lead and the second one, or the reader, were added together."""
    second = request.user if is_pending else shown.signed_by
    if second is None or second == shown.requested_by:
        return False
    return were_added_together(shown.requested_by, second, request.project)


def _sign_denied_reason(request: ProjectRequest, shown: Promotion) -> str:
    """Return why the user cannot sign a pending promotion now; empty if they can."""
    if denied := sign_denied_reason(request.user, shown):
        return denied
    return render_message(promotion_blocked_reason(build_report(shown.run))) if shown.run else ""


def _replaced_at(shown: Promotion) -> datetime | None:
    """Return when the alias moved on from what this promotion put in service."""
    if shown.effective_at is None:
        return None
    of_alias = Promotion.objects.filter(project=shown.project_id).of_alias(shown.alias).in_effect()
    later = of_alias.filter(effective_at__gt=shown.effective_at).order_by("effective_at")
    return later.values_list("effective_at", flat=True).first()


def _gate_groups(run: EvaluationRun, stored: list[dict[str, Any]]) -> list[GateGroup]:
    return build_gate_groups(stored, GateSettings.from_json(run.gate_settings))


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def promote(request: ProjectRequest, run_id: int) -> HttpResponse:
    """Show a run's evidence with the form to promote its candidate or request an override."""
    runs = EvaluationRun.objects.select_related("project", "candidate", "baseline")
    run = get_object_or_404(runs, pk=run_id, project=request.project)
    if denied := figures_denied_reason(request.user, run):
        raise PermissionDeniedError(denied)
    is_post = request.method == "POST"
    # Only a promotion stores what the gates come to; showing the page writes nothing.
    report = gates.measure_gates(run_id=run.pk) if is_post else build_report(run)
    alias = request.GET.get("alias", "")
    form = PromoteForm(
        request.POST or None,
        initial={"alias": alias if alias in Alias.Name.values else Alias.Name.PRODUCTION},
        needs_signature={
            name: override_required_reason(report, alias=name) is not None
            for name in Alias.Name.values
        },
        asks_for=request.POST.get("asks_for", ""),
    )
    if is_post:
        created = form.perform(partial(_promote, request, report))
        if created is not None:
            return redirect("evaluation:promotion", request.project.slug, created.pk)
    eligibility = check_eligibility(report, alias=form.shown_alias)
    context = {
        "run": run,
        "eligibility": eligibility,
        "step": report.next_step,
        "figures": report_for_evidence(report),
        "groups": _gate_groups(run, eligibility.gates()),
        "form": form,
        "is_offered": form.is_bound or not eligibility.blocked_reason,
    }
    return render(request, "evaluation/promotion/promote.html", context, status=form.status)


def _promote(request: ProjectRequest, report: RunReport, **fields: str) -> Promotion:
    order = PromotionRequest(run_id=report.run.pk, **fields)
    return promotion.promote(request=order, actor=request.user, report=report)


@require_POST
@project_view(Permission.LEAD)
def sign(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Sign as the second lead, with a note."""
    form = SignForm(request.POST, auto_id="sign-%s")
    return _decide(request, promotion_id, form, promotion.sign)


@require_POST
@project_view(Permission.LEAD)
def decline(request: ProjectRequest, promotion_id: int) -> HttpResponse:
    """Decline a pending promotion, or withdraw one's own request."""
    return _decide(request, promotion_id, ReasonForm(request.POST), promotion.decline)


def _decide(
    request: ProjectRequest, promotion_id: int, form: ActionForm, action: Any
) -> HttpResponse:
    pending = _promotion_of(request, promotion_id)
    decided = form.perform(partial(action, promotion_id=pending.pk, actor=request.user))
    if decided is None:
        return _document(request, _promotion_of(request, promotion_id), form)
    return redirect("evaluation:promotion", request.project.slug, pending.pk)
