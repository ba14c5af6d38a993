"""The kinds of notifications about examples and imports, with their pages."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from datasets.curation.filters import MineFilter
from reviewapp.notifications.kinds import Kind
from reviewapp.people.models import Scope


def _queue(slug: str, mine: MineFilter) -> str:
    return f"{reverse('datasets:queue', args=[slug])}?mine={mine}"


def _example(slug: str, params: Mapping[str, Any]) -> str:
    return reverse("datasets:example", args=[slug, params["example"]])


def _assigned(slug: str, params: Mapping[str, Any]) -> str:
    return _example(slug, params) if params["count"] == 1 else _queue(slug, MineFilter.ASSIGNED)


def _returned(slug: str, params: Mapping[str, Any]) -> str:
    return _example(slug, params) if params["count"] == 1 else _queue(slug, MineFilter.FIX)


ASSIGNED = Kind(
    "assigned",
    pgettext_lazy("notification", "Examples were assigned"),
    _assigned,
    "example.assigned",
    is_merged=True,
    scope=Scope.EXAMPLES,
)
MENTIONED = Kind(
    "mentioned",
    pgettext_lazy("notification", "A member was mentioned"),
    _example,
    "comment.mentioned",
    scope=Scope.EXAMPLES,
)
REPLIED = Kind(
    "replied",
    pgettext_lazy("notification", "A comment was answered"),
    _example,
    "comment.replied",
    scope=Scope.EXAMPLES,
)
CHANGES_REQUESTED = Kind(
    "changes_requested",
    pgettext_lazy("notification", "Changes were requested"),
    _returned,
    "example.changes_requested",
    is_merged=True,
    scope=Scope.EXAMPLES,
)
IMPORT_FAILED = Kind(
    "import_failed",
    pgettext_lazy("notification", "An import failed"),
    lambda slug, params: reverse("datasets:import_batch", args=[slug, params["batch"]]),
    "import.failed",
    scope=Scope.EXAMPLES,
)
KINDS = (ASSIGNED, MENTIONED, REPLIED, CHANGES_REQUESTED, IMPORT_FAILED)
