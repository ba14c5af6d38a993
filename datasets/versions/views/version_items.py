"""The items of a version with their approvals."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from datasets.conversations import chat
from datasets.conversations.split import SPLITS
from datasets.conversations.texts import SPLIT_LABELS
from datasets.curation.views.lookup import query_number
from datasets.versions.models import DatasetItem, DatasetItemQuerySet, DatasetVersion
from datasets.versions.views.versions import version_or_404
from reviewapp.core.paging import page_by_id
from reviewapp.people.http import ProjectRequest, project_view
from reviewapp.people.permissions import Permission

CHANGES = {
    "added": _("Added since version %(number)s"),
    "changed": _("Changed since version %(number)s"),
    "moved": _("Moved since version %(number)s"),
    "removed": _("Removed since version %(number)s"),
}


@dataclass(frozen=True)
class ItemsChoice:
    """One choice of which items are listed."""

    name: str
    label: str | Promise
    count: int


@require_safe
@project_view(Permission.VIEW)
def version_items(request: ProjectRequest, number: int) -> HttpResponse:
    """List the items of a version, or the changes since the previous one."""
    found = version_or_404(request, number)
    choices = _choices(found)
    asked = request.GET.get("show", "")
    show = asked if asked in {choice.name for choice in choices} else ""
    page = page_by_id(
        _items(found, show).select_related(
            "revision__intent", "revision__example", "review__reviewer"
        ),
        after=query_number(request.GET, "after"),
        before=query_number(request.GET, "before"),
    )
    context = {
        "version": found,
        "show": show,
        "choices": choices,
        "rows": [(item, chat.preview(item.revision.messages)) for item in page.rows],
        "previous_url": page.before and f"?show={show}&before={page.before}",
        "next_url": page.after and f"?show={show}&after={page.after}",
    }
    return render(request, "datasets/versions/version_items.html", context)


def _choices(version: DatasetVersion) -> list[ItemsChoice]:
    counts = {file.split: file.examples for file in version.files.all()}
    splits = [ItemsChoice(split, SPLIT_LABELS[split], counts[split]) for split in SPLITS]
    changes: dict[str, Any] = version.summary.get("changes") or {}
    since = [
        ItemsChoice(change, label % {"number": changes["since"]}, changes[change])
        for change, label in CHANGES.items()
        if changes.get(change)
    ]
    return [ItemsChoice("", gettext("All"), sum(counts.values())), *splits, *since]


def _items(version: DatasetVersion, show: str) -> DatasetItemQuerySet:
    items: DatasetItemQuerySet = DatasetItem.objects.filter(version=version)
    if show in SPLITS:
        return items.filter(split=show)
    if show not in CHANGES:
        return items
    earlier = version.project.versions.get(number=version.summary["changes"]["since"])
    if show == "added":
        return items.absent_from(earlier)
    if show == "changed":
        return items.reworded_since(earlier)
    if show == "moved":
        return items.moved_since(earlier)
    return DatasetItem.objects.filter(version=earlier).absent_from(version)
