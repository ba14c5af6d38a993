"""Dataset versions: the list, the page before freezing, one version with its files."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from datasets.conversations.split import SPLITS
from datasets.conversations.texts import SPLIT_LABELS
from datasets.curation.lifecycle import State
from datasets.versions import actions
from datasets.versions.forms import FreezeForm, PriceForm, SharesForm, shares_form
from datasets.versions.models import DatasetFile, DatasetVersion, TrainingPrice
from datasets.versions.overlap_display import overlap_rows
from datasets.versions.plans import Changes, Plan, changes_since, plan_version, stored_overlaps
from datasets.versions.splits import TRAIN
from datasets.versions.views.downloads import file_response
from datasets.versions.views.version_parts import costs, count_tables, outside, stored_counts
from reviewapp.core.messages import Message
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.models import Project
from reviewapp.people.permissions import Permission

MAX_NAMED_LEAKS = 50
MAX_NAMED_OVERLAPS = 20
# Larger files are read during the freeze.
MAX_PREVIEW_CHECK_EXAMPLES = 5000


@dataclass(frozen=True)
class PreflightRemark:
    """One error or warning about a file of the plan."""

    split: Promise
    is_error: bool
    sentence: Message


@require_safe
@project_view(Permission.VIEW)
def versions(request: ProjectRequest) -> HttpResponse:
    """List the versions, the latest first."""
    found = request.project.versions.select_related("created_by")
    found = found.prefetch_related("files__redactions")
    context = {
        "versions": [(version, _examples(version)) for version in found],
        "approved": request.project.examples.count_by_state()[State.APPROVED],
        "may_freeze": Permission.LEAD in request.permissions,
    }
    return render(request, "datasets/versions/versions.html", context)


def _examples(version: DatasetVersion) -> dict[str, int]:
    return {file.split: file.examples for file in version.files.all()}


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_version(request: ProjectRequest) -> HttpResponse:
    """Show the plan of a version, and freeze it."""
    if request.method == "POST":
        form = FreezeForm(request.POST)

        def freeze(changelog: str, seen: str, **shares: int) -> DatasetVersion:
            return actions.freeze_version(
                project=request.project,
                changelog=changelog,
                shares=shares,
                actor=request.user,
                seen=seen,
            )

        if made := form.perform(freeze):
            messages.success(
                request,
                gettext("Version %(number)s is frozen and will never change.")
                % {"number": made.number},
            )
            return redirect("datasets:version", request.project.slug, made.number)
        return _preview(request, shares_form(request.POST), form)
    return _preview(request, shares_form(request.GET), None)


def _preview(request: ProjectRequest, asked: SharesForm, posted: FreezeForm | None) -> HttpResponse:
    project, shares = request.project, asked.shares
    plan = plan_version(project, shares)
    latest = project.versions.first()
    whole = project.versions.filter(parent=None).first()
    changes = changes_since(plan, whole) if whole else None
    shown = {**shares, "seen": plan.fingerprint}
    form = posted or FreezeForm(initial=shown)
    if posted is not None:
        # The errors of what was posted, beside what would be frozen now.
        posted.data = {**shown, "changelog": posted.data.get("changelog", "")}
    context = {
        "asked": asked,
        "form": form,
        "number": latest.number + 1 if latest else 1,
        "total": len(plan),
        "splits": [
            (SPLIT_LABELS[split], len(plan.members[split]), plan.tokens(split)) for split in SPLITS
        ],
        "tables": count_tables(project, plan.counts()),
        "outside": outside(project, plan.left_out),
        "leaks": [(leak, SPLIT_LABELS[leak.split]) for leak in plan.leaks[:MAX_NAMED_LEAKS]],
        "more_leaks": max(0, len(plan.leaks) - MAX_NAMED_LEAKS),
        "overlaps": plan.overlaps,
        "overlap_rows": overlap_rows(project, plan.overlaps, limit=MAX_NAMED_OVERLAPS),
        "changes": changes,
        "costs": costs(project, plan.tokens(TRAIN)),
        "remarks": _remarks(plan, project),
        "may_freeze": len(plan) and not plan.leaks and not (changes and changes.is_empty),
    }
    status = 422 if asked.errors else form.status
    return render(request, "datasets/versions/version_new.html", context, status=status)


def _remarks(plan: Plan, project: Project) -> list[PreflightRemark]:
    """Return the preflight results of the plan's files, if that is fast enough for a page."""
    if not 0 < len(plan) <= MAX_PREVIEW_CHECK_EXAMPLES:
        return []
    return [
        PreflightRemark(SPLIT_LABELS[split], is_error, sentence)
        for split, report in actions.run_preflight(plan, project).items()
        for is_error, sentences in ((True, report.errors), (False, report.warnings))
        for sentence in sentences
    ]


@require_safe
@project_view(Permission.VIEW)
def version(request: ProjectRequest, number: int) -> HttpResponse:
    """Show a version: its files, their checks, its counts and changes."""
    found = version_or_404(request, number)
    files = {file.split: file for file in found.files.all()}
    summary = found.summary
    twin = request.project.versions.filter(digest=found.digest, number__lt=number).last()
    context = {
        "version": found,
        "files": [files[split] for split in SPLITS],
        "twin": twin,
        "total": sum(file.examples for file in files.values()),
        "tables": count_tables(request.project, stored_counts(summary)),
        "outside": outside(request.project, summary.get("left_out", {})),
        "changes": Changes(**summary["changes"]) if summary.get("changes") else None,
        "costs": costs(request.project, files[TRAIN].tokens),
        "overlaps": stored_overlaps(found),
        "may_set_prices": Permission.LEAD in request.permissions,
    }
    return render(request, "datasets/versions/version.html", context)


@require_safe
@project_view(Permission.VIEW)
def version_file(request: ProjectRequest, number: int, split: str) -> HttpResponseBase:
    """Send the exact bytes of a file, with their SHA-256 in the headers."""
    files = DatasetFile.objects.filter(version__project=request.project)
    file = get_object_or_404(files, version__number=number, split=split)
    return file_response(request, file)


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def prices(request: ProjectRequest) -> HttpResponse:
    """List the training prices with their days, and add one."""
    form = PriceForm(request.POST or None)

    def set_price(**fields: Any) -> TrainingPrice:
        project, price = request.project, actions.Price(**fields)
        return actions.set_training_price(project=project, price=price, actor=request.user)

    if request.method == "POST" and (made := form.perform(set_price)):
        messages.success(
            request, gettext("The price of %(model)s is set.") % {"model": made.base_model}
        )
        return redirect("datasets:prices", request.project.slug)
    context = {
        "form": form,
        "prices": request.project.training_prices.select_related("set_by"),
        "listed": [] if request.project.training_prices.exists() else costs(request.project, 0),
    }
    return render(request, "datasets/versions/version_prices.html", context, status=form.status)


def version_or_404(request: ProjectRequest, number: int) -> DatasetVersion:
    """Return a version of the request's project by its number, or raise Http404."""
    found = request.project.versions.select_related("created_by", "parent").prefetch_related(
        "files__redactions__redacted_by"
    )
    return get_object_or_404(found, number=number)
