"""What serves: the timeline of promotions, with rollback, end of service and declaration."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
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
from reviewapp.core.errors import InvalidTransition
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

RELATED = ("model_version", "previous", "run", "requested_by", "signed_by", "declined_by")
MAX_TIMELINE_ENTRIES = 200


@require_safe
@project_view(Permission.LEAD)
def promotions(request: ProjectRequest) -> HttpResponse:
    """Show what serves now, what waits for a signature, and who served when and why."""
    return _timeline(request)


def _timeline(request: ProjectRequest, refused: ActionForm | None = None) -> HttpResponse:
    """Render the page; a form that was refused is shown in the place of its fresh one."""
    of_project = Promotion.objects.filter(project=request.project).select_related(*RELATED)
    waiting = list(of_project.pending().order_by("requested_at"))
    declare = refused if isinstance(refused, DeclareForm) else _declare_form(request)
    context = {
        "serving": [_serving(alias, refused) for alias in _aliases(request)],
        "waiting": [
            {
                "promotion": each,
                "is_own": each.requested_by_id == request.user.pk,
                "sign_denied_reason": sign_denied_reason(request.user, each),
            }
            for each in waiting
        ],
        "timeline": of_project.exclude(effective_at=None, declined_at=None)[:MAX_TIMELINE_ENTRIES],
        "declare_form": declare,
        "may_declare": declare.is_bound or declare.has_choices,
    }
    status = 200 if refused is None else refused.status
    return render(request, "evaluation/promotion/promotions.html", context, status=status)


def _aliases(request: ProjectRequest) -> list[Alias]:
    related = ("model_version", "project", "promotion")
    found = Alias.objects.filter(project=request.project).select_related(*related)
    return list(found.order_by("-name"))


def _serving(alias: Alias, refused: ActionForm | None) -> Mapping[str, Any]:
    """What an alias's card shows: the forms that its state allows, or the one that was refused."""
    targets = rollback_models(alias)
    forms: dict[str, EndServiceForm] = {}
    if targets:
        forms["roll_back"] = RollBackForm(alias=alias, targets=targets)
    if not withdrawal_denied_reason(alias):
        forms["withdraw_model"] = WithdrawModelForm(alias=alias)
    if isinstance(refused, EndServiceForm) and refused.alias.pk == alias.pk:
        forms["withdraw_model" if isinstance(refused, WithdrawModelForm) else "roll_back"] = refused
    return {"alias": alias, **forms}


def _declare_form(request: ProjectRequest) -> DeclareForm:
    """The form to declare what serves already; it offers only aliases that were never used."""
    moved = Promotion.objects.filter(project=request.project, declined_at=None)
    used = set(moved.values_list("alias", flat=True))
    unused = [name for name in Alias.Name if name not in used]
    data = request.POST if request.method == "POST" else None
    return DeclareForm(data, project_id=request.project.pk, unused=unused)


@require_POST
@project_view(Permission.LEAD)
def declare(request: ProjectRequest) -> HttpResponse:
    """Record what serves already, before any run."""
    form = _declare_form(request)
    act = partial(promotion.declare, project=request.project, actor=request.user)
    made = form.perform(act)
    if made is None:
        return _timeline(request, form)
    messages.success(request, f"{made.model_version} serves as {made.alias}.")
    return redirect("evaluation:promotions", request.project.slug)


@require_POST
@project_view(Permission.LEAD)
def roll_back(request: ProjectRequest, alias: str) -> HttpResponse:
    """Put back a model that served before, with a reason."""

    def form(current: Alias) -> RollBackForm:
        return RollBackForm(request.POST, alias=current, targets=rollback_models(current))

    return _end_service(request, alias, form, promotion.roll_back, "{} serves as {} again.")


@require_POST
@project_view(Permission.LEAD)
def withdraw_model(request: ProjectRequest, alias: str) -> HttpResponse:
    """Take what serves out of service, with a reason and nothing in its place."""

    def form(current: Alias) -> WithdrawModelForm:
        return WithdrawModelForm(request.POST, alias=current)

    return _end_service(
        request, alias, form, promotion.withdraw_model, "{} no longer serves as {}."
    )


def _end_service(
    request: ProjectRequest,
    alias: str,
    form_of: Callable[[Alias], EndServiceForm],
    action: Callable[..., Promotion],
    done: str,
) -> HttpResponse:
    act = partial(action, project=request.project, alias=alias, actor=request.user)
    current = next((each for each in _aliases(request) if each.name == alias), None)
    if current is None:
        # No card is left to show the form in.
        raise InvalidTransition(nothing_serves_reason(alias))
    form = form_of(current)
    made = form.perform(act)
    if made is None:
        form.show_current()
        return _timeline(request, form)
    messages.success(request, done.format(made.model_version, alias))
    return redirect("evaluation:promotions", request.project.slug)
