"""Says in words what a list of the queue shows: its filters, its order, its columns."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from datasets.curation.columns import chosen_columns
from datasets.curation.filters import (
    UNASSIGNED,
    ExampleFilter,
    FindingsFilter,
    MineFilter,
    TalkFilter,
)
from datasets.curation.lifecycle import State
from datasets.curation.texts import SORT_LABELS, STATE_LABELS, source_label
from reviewapp.core.formats import listed, listed_languages
from reviewapp.people.models import Project, User

LABELS: Final[Mapping[str, str | Promise]] = {
    "state": _("State"),
    "mine": _("Examples"),
    "q": _("Search"),
    "intent": _("Intent"),
    "language": _("Language"),
    "tag": _("Tag"),
    "policy": _("Policy"),
    "source": _("Source"),
    "findings": _("Findings"),
    "talk": _("Comments"),
    "assignee": pgettext_lazy("examples", "Assigned to"),
    "author": _("Author"),
    "reviewer": _("Reviewer"),
    "due": _("Due"),
}
_MINE: Final[Mapping[str, Promise]] = {
    MineFilter.REVIEW: _("Waiting for my review"),
    MineFilter.FIX: _("Returned to me"),
    MineFilter.ASSIGNED: _("Assigned to me"),
}
_TALK: Final[Mapping[str, Promise]] = {
    TalkFilter.OPEN: _("Open threads"),
    TalkFilter.UNREAD: _("Unread"),
}
_FINDINGS: Final[Mapping[str, Promise]] = {
    FindingsFilter.OPEN: pgettext_lazy("state of a finding", "Open"),
    FindingsFilter.BLOCKING: _("Blocking"),
    FindingsFilter.MISSING_SYSTEM: _("No system message"),
}
_VALUES: Final[Mapping[str, Callable[[Any], object]]] = {
    "state": lambda value: STATE_LABELS[State(value)],
    "mine": _MINE.__getitem__,
    "language": lambda value: listed_languages([code for code in value.split(",") if code]),
    "source": source_label,
    "findings": lambda value: _FINDINGS.get(value, _("Of a voice rule")),
    "talk": _TALK.__getitem__,
    "due": lambda _value: pgettext("examples", "Overdue"),
}


def list_in_words(shown: ExampleFilter, members: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return label and value of each filter of a list, and of its order and columns.

    Args:
        shown: the list.
        members: the names of the project's members by id.
    """
    filters = [
        (str(label), _in_words(name, getattr(shown, name), members))
        for name, label in LABELS.items()
        if getattr(shown, name)
    ]
    columns = [column.label for column in chosen_columns(shown.columns.split(","))]
    return [
        *(filters or [(gettext("Examples"), pgettext("examples", "All"))]),
        (gettext("Order"), str(SORT_LABELS[shown.sort])),
        (
            gettext("Columns"),
            listed(columns) if shown.columns else gettext("Those that each member has chosen"),
        ),
    ]


def member_names(project: Project) -> dict[str, str]:
    """Return the names of a project's members by id, as filters have it."""
    members = User.objects.filter(memberships__project=project).distinct()
    return {str(member.pk): str(member) for member in members}


def _in_words(name: str, value: str, members: Mapping[str, str]) -> str:
    if name in {"assignee", "author", "reviewer"}:
        unassigned = pgettext("assignee", "Nobody")
        return unassigned if value == UNASSIGNED else members.get(value, gettext("a former member"))
    return str(_VALUES.get(name, str)(value))
