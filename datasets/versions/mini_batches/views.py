"""The page that freezes a mini-batch."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from datasets.conversations.split import SPLITS
from datasets.conversations.texts import SPLIT_LABELS
from datasets.versions.mini_batches.actions import freeze_mini_batch
from datasets.versions.mini_batches.forms import MiniBatchForm, ReplayForm
from datasets.versions.mini_batches.plans import plan_mini_batch
from datasets.versions.models import DatasetVersion
from datasets.versions.views.versions import version_or_404
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission


@require_http_methods(["GET", "HEAD", "POST"])
@project_view(Permission.LEAD)
def new_mini_batch(request: ProjectRequest, number: int) -> HttpResponse:
    """Show what changed since a version with a replay, and freeze it."""
    parent = version_or_404(request, number)
    if request.method != "POST":
        asked = ReplayForm(request.GET if "percent" in request.GET else {"percent": 20, "seed": 0})
        return _preview(request, parent, asked, None)
    form = MiniBatchForm(request.POST)
    made = form.perform(
        lambda **fields: freeze_mini_batch(parent=parent, actor=request.user, **fields)
    )
    if made is None:
        return _preview(request, parent, ReplayForm(request.POST), form)
    messages.success(
        request,
        gettext("Version %(number)s is frozen and will never change.") % {"number": made.number},
    )
    return redirect("datasets:version", request.project.slug, made.number)


def _preview(
    request: ProjectRequest,
    parent: DatasetVersion,
    asked: ReplayForm,
    posted: MiniBatchForm | None,
) -> HttpResponse:
    batch = plan_mini_batch(parent, **asked.chosen)
    shown = {**asked.chosen, "seen": batch.plan.fingerprint}
    form = posted or MiniBatchForm(initial=shown)
    if posted is not None:
        # The errors of what was posted, beside what would be frozen now.
        posted.data = {**shown, "changelog": posted.data.get("changelog", "")}
    context = {
        "parent": parent,
        "asked": asked,
        "form": form,
        "batch": batch,
        "counts": batch.provenance(),
        "total": len(batch.plan),
        "splits": [
            (SPLIT_LABELS[split], len(batch.plan.members[split]), batch.plan.tokens(split))
            for split in SPLITS
        ],
    }
    status = 422 if asked.errors else form.status
    return render(request, "datasets/versions/mini_batch.html", context, status=status)
