"""The promotions of a project: aliases, pending requests, timeline; rollback and withdrawal."""

from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from evaluation.promotion import actions as promotion
from evaluation.promotion.eligibility import (
    nothing_serves_reason,
    rollback_models,
    withdrawal_denied_reason,
)
from evaluation.promotion.forms import DeclareForm, EndServiceForm, RollBackForm, WithdrawModelForm
from evaluation.promotion.models import Alias, Promotion
from evaluation.promotion.permissions import sign_denied_reason
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

RELATED = ("model_version", "previous", "run", "requested_by", "signed_by", "declined_by")
MAX_TIMELINE_ENTRIES = 200


@require_safe
@project_view(Permission.LEAD)
def promotions(request: ProjectRequest) -> HttpResponse:
    """Show what serves now, what waits for a signature, and which model served when and why."""
    return _timeline(request)


def _timeline(
    request: ProjectRequest, rejected: ActionForm | None = None, *, no_card_error: str = ""
) -> HttpResponse:
    """Render the page; a form that was not accepted replaces its empty one.

    Args:
        request: of the page, or of the form.
        rejected: the form with its errors.
        no_card_error: why a form was not accepted whose alias is not in service any more.
    """
    of_project = Promotion.objects.filter(project=request.project).select_related(*RELATED)
    pending = list(of_project.pending().order_by("requested_at"))
    declare = rejected if isinstance(rejected, DeclareForm) else _declare_form(request)
    context = {
        "serving": [_serving(alias, rejected) for alias in _aliases(request)],
        "pending": [
            {
                "promotion": promotion,
                "is_own": promotion.requested_by_id == request.user.pk,
                "sign_denied_reason": sign_denied_reason(request.user, promotion),
            }
            for promotion in pending
        ],
        "timeline": of_project.exclude(effective_at=None, declined_at=None)[:MAX_TIMELINE_ENTRIES],
        "declare_form": declare,
        "may_declare": declare.is_bound or declare.has_choices,
        "no_card_error": no_card_error,
        "typed_reason": request.POST.get("reason", "") if no_card_error else "",
    }
    status = HTTPStatus.OK if rejected is None else rejected.status
    if no_card_error:
        status = HTTPStatus.CONFLICT
    return render(request, "evaluation/promotion/promotions.html", context, status=status)


def _aliases(request: ProjectRequest) -> list[Alias]:
    related = ("model_version", "project", "promotion")
    aliases = Alias.objects.filter(project=request.project).select_related(*related)
    return list(aliases.order_by("-name"))


def _serving(alias: Alias, rejected: ActionForm | None) -> Mapping[str, Any]:
    """Return what an alias's card shows: the forms that its state allows, or the rejected one."""
    targets = rollback_models(alias)
    forms: dict[str, EndServiceForm] = {}
    if targets:
        forms["roll_back"] = RollBackForm(alias=alias, targets=targets)
    if not withdrawal_denied_reason(alias):
        forms["withdraw_model"] = WithdrawModelForm(alias=alias)
    if isinstance(rejected, EndServiceForm) and rejected.alias.pk == alias.pk:
        name = "withdraw_model" if isinstance(rejected, WithdrawModelForm) else "roll_back"
        forms[name] = rejected
    return {"alias": alias, **forms}


def _declare_form(request: ProjectRequest) -> DeclareForm:
    """Return the form to declare what serves already, with the aliases that were never used."""
    promotions = Promotion.objects.filter(project=request.project, declined_at=None)
    used = set(promotions.values_list("alias", flat=True))
    unused = [name for name in Alias.Name if name not in used]
    data = request.POST if request.method == "POST" else None
    return DeclareForm(data, project_id=request.project.pk, unused=unused)


@require_POST
@project_view(Permission.LEAD)
def declare(request: ProjectRequest) -> HttpResponse:
    """Declare what already served before the project used Touchstone."""
    form = _declare_form(request)
    act = partial(promotion.declare, project=request.project, actor=request.user)
    declared = form.perform(act)
    if declared is None:
        return _timeline(request, form)
    sentence = gettext("%(model)s serves as %(alias)s.")
    messages.success(request, sentence % {"model": declared.model_version, "alias": declared.alias})
    return redirect("evaluation:promotions", request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def roll_back(request: ProjectRequest, alias: str) -> HttpResponse:
    """Restore a model that served before, with a reason."""

    def form(current: Alias) -> RollBackForm:
        return RollBackForm(request.POST, alias=current, targets=rollback_models(current))

    done = gettext("%(model)s serves as %(alias)s again.")
    return _end_service(request, alias, form, promotion.roll_back, done)


@require_POST
@project_view(Permission.LEAD)
def withdraw_model(request: ProjectRequest, alias: str) -> HttpResponse:
    """Withdraw a model without a replacement, with a reason."""

    def form(current: Alias) -> WithdrawModelForm:
        return WithdrawModelForm(request.POST, alias=current)

    done = gettext("%(model)s no longer serves as %(alias)s.")
    return _end_service(request, alias, form, promotion.withdraw_model, done)


def _end_service(
    request: ProjectRequest,
    alias: str,
    form_of: Callable[[Alias], EndServiceForm],
    action: Callable[..., Promotion],
    done: str,
) -> HttpResponse:
    act = partial(action, project=request.project, alias=alias, actor=request.user)
    current = next((found for found in _aliases(request) if found.name == alias), None)
    if current is None:
        # The alias has no card any more in which the form could be shown.
        return _timeline(request, no_card_error=nothing_serves_reason(alias))
    form = form_of(current)
    ended = form.perform(act)
    if ended is None:
        form.show_current()
        return _timeline(request, form)
    messages.success(request, done % {"model": ended.model_version, "alias": alias})
    return redirect("evaluation:promotions", request.project.slug)
