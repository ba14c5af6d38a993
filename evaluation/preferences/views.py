"""Pages of preferences: the list, freezing a set, one set with its files, retiring a test split."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from datasets.versions.models import DatasetVersion
from datasets.versions.storage import temporary_file
from evaluation.preferences.actions import freezing
from evaluation.preferences.collecting import judging_versions
from evaluation.preferences.files import kept_pairs
from evaluation.preferences.formats import PairFormat
from evaluation.preferences.forms import PreferenceForm, RetireTestSplitForm
from evaluation.preferences.models import PreferenceSet
from evaluation.preferences.texts import LEFT_OUT
from evaluation.runs.actions.retired_splits import retire_test_split
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

SHOWN = 100


@require_safe
@project_view(Permission.LEAD)
def preferences(request: ProjectRequest) -> HttpResponse:
    """List the frozen sets of preferences, and the test splits that still judge."""
    context = {
        "sets": PreferenceSet.objects.filter(project=request.project)[:SHOWN],
        "versions": DatasetVersion.objects.filter(pk__in=judging_versions(request.project)),
    }
    return render(request, "evaluation/preferences/preferences.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_preferences(request: ProjectRequest) -> HttpResponse:
    """Count the pairs of the chosen runs by a rule; freeze them at a second click."""
    form = PreferenceForm(
        request.POST or None,
        project=request.project,
        initial={"run_ids": request.GET.getlist("run")},
    )
    chosen: dict[str, Any] = {"project": request.project, "actor": request.user}
    counted = None
    if request.method == "POST" and request.POST.get("act") == "freeze":
        stored = form.perform(lambda **data: freezing.freeze_preferences(**data, **chosen))
        if stored is not None:
            return redirect("evaluation:preference_set", request.project.slug, stored.number)
    elif request.method == "POST":
        counted = form.perform(lambda **data: freezing.count_pairs(**data, **chosen))
    context: dict[str, Any] = {"form": form, "counted": counted}
    if counted is not None:
        context["left_out"] = _reasons(counted.left_out)
    return render(
        request, "evaluation/preferences/new_preferences.html", context, status=form.status
    )


def _reasons(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(label), counts[code]) for code, label in LEFT_OUT.items() if counts.get(code)]


@require_safe
@project_view(Permission.LEAD)
def preference_set(request: ProjectRequest, number: int) -> HttpResponse:
    """Show a set: its rule, counts, runs, what was left out, and its files."""
    found = _set(request, number)
    kept = sum(1 for _pair in kept_pairs(found))
    context = {
        "set": found,
        "left_out": _reasons(found.left_out),
        "erased": found.pair_count - kept,
    }
    return render(request, "evaluation/preferences/preference_set.html", context)


def _set(request: ProjectRequest, number: int) -> PreferenceSet:
    found = PreferenceSet.objects.select_related("project", "created_by")
    return get_object_or_404(found, project=request.project, number=number)


@require_POST
@project_view(Permission.LEAD)
def download_preferences(request: ProjectRequest, number: int) -> HttpResponseBase:
    """Send the file of a set in one of the formats; the export is an event."""
    found, layout = _set(request, number), request.POST.get("format", "")
    if layout not in set(PairFormat):
        raise Http404
    content = temporary_file()
    freezing.export_preferences(
        found=found, content=content, layout=PairFormat(layout), actor=request.user
    )
    name = f"{request.project.slug}-preferences-{number}-{layout}.jsonl"
    return FileResponse(
        content, as_attachment=True, filename=name, content_type="application/jsonl"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def retire_split(request: ProjectRequest, number: int) -> HttpResponse:
    """Show the form, and retire the test split of a version from judging."""
    versions = DatasetVersion.objects.filter(pk__in=judging_versions(request.project))
    version = get_object_or_404(versions, number=number)
    form = RetireTestSplitForm(request.POST or None)

    def retire(**data: Any) -> object:
        return retire_test_split(version_id=version.pk, actor=request.user, **data)

    if request.method == "POST" and form.perform(retire) is not None:
        shown = gettext("The test split of version %(number)s judges no model any more.")
        messages.success(request, shown % {"number": version.number})
        return redirect("evaluation:preferences", request.project.slug)
    context = {"form": form, "version": version}
    return render(request, "evaluation/preferences/retire_split.html", context, status=form.status)
