"""Pages of saved views: the list with its forms, and the columns of the queue."""

from dataclasses import replace
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from datasets.curation.filters import ExampleFilter
from datasets.saved_views import actions
from datasets.saved_views.display import columns_for, visible_views, with_columns
from datasets.saved_views.forms import NameForm, SaveForm
from datasets.saved_views.models import SavedView
from datasets.saved_views.permissions import require_change
from datasets.saved_views.wording import list_in_words, member_names
from reviewapp.core.forms import ActionForm
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_safe
@project_view(Permission.VIEW)
def saved_views(request: ProjectRequest) -> HttpResponse:
    """List the views that the member sees, with forms to change them, and one to save a list."""
    return _page(request, _save_form(request, request.GET.urlencode()))


@require_POST
@project_view(Permission.VIEW)
def save_view(request: ProjectRequest) -> HttpResponse:
    """Save a list of the queue under a name, and open it."""
    form = SaveForm(request.POST, may_lead=Permission.LEAD in request.permissions)
    save = partial(actions.save_view, project=request.project, actor=request.user)
    view = form.perform(save)
    if view is None:
        return _page(request, form)
    messages.success(request, gettext("The view “%(name)s” was saved.") % {"name": view.name})
    return _to_queue(request, view.query)


@require_POST
@project_view(Permission.VIEW)
def rename_view(request: ProjectRequest, view_id: int) -> HttpResponse:
    """Give a view another name."""
    view, form = _found(request, view_id), NameForm(request.POST)
    require_change(request.user, view)
    rename = partial(actions.rename_view, view_id=view.pk, actor=request.user)
    if form.perform(rename) is None:
        errors = (str(text) for found in form.errors.values() for text in found)
        messages.error(request, " ".join(errors))
    return redirect("datasets:saved_views", request.project.slug)


@require_POST
@project_view(Permission.VIEW)
def delete_view(request: ProjectRequest, view_id: int) -> HttpResponse:
    """Delete a view."""
    view = _found(request, view_id)
    actions.delete_view(view_id=view.pk, actor=request.user)
    messages.success(request, gettext("The view “%(name)s” was deleted.") % {"name": view.name})
    return redirect("datasets:saved_views", request.project.slug)


@require_POST
@project_view(Permission.VIEW)
def set_default_view(request: ProjectRequest, view_id: int) -> HttpResponse:
    """Open the queue with a view from now on, or no longer."""
    view = _found(request, view_id)
    is_default = request.POST.get("is_default") == "1"
    actions.set_default_view(view_id=view.pk, is_default=is_default, actor=request.user)
    return redirect("datasets:saved_views", request.project.slug)


@require_POST
@project_view(Permission.VIEW)
def choose_columns(request: ProjectRequest) -> HttpResponse:
    """Keep the columns that the member sees, and show the list with them."""
    codes = [] if request.POST.get("reset") else request.POST.getlist("column")
    actions.choose_columns(project=request.project, codes=codes, actor=request.user)
    shown = ExampleFilter.from_query(QueryDict(request.POST.get("query", "")))
    return _to_queue(request, replace(shown, columns="").query)


def _save_form(request: ProjectRequest, query: str) -> SaveForm:
    shown = ExampleFilter.from_query(QueryDict(query))
    columns = columns_for(request.user, request.project, shown.columns)
    may_lead = Permission.LEAD in request.permissions
    initial = {"query": with_columns(shown, columns).query}
    return SaveForm(initial=initial, may_lead=may_lead)


def _page(request: ProjectRequest, form: ActionForm) -> HttpResponse:
    may_lead, names = Permission.LEAD in request.permissions, member_names(request.project)
    views = visible_views(request.user, request.project)
    context = {
        "form": form,
        "may_lead": may_lead,
        "to_save": _words(form["query"].value() or "", names),
        "saved_views": [(view, _words(view.query, names)) for view in views],
    }
    return render(request, "datasets/saved_views/saved_views.html", context, status=form.status)


def _words(query: str, members: dict[str, str]) -> list[tuple[str, str]]:
    return list_in_words(ExampleFilter.from_query(QueryDict(query)), members)


def _found(request: ProjectRequest, view_id: int) -> SavedView:
    return get_object_or_404(visible_views(request.user, request.project), pk=view_id)


def _to_queue(request: ProjectRequest, query: str) -> HttpResponse:
    path = reverse("datasets:queue", args=[request.project.slug])
    return redirect(f"{path}?{query or 'show=all'}")
