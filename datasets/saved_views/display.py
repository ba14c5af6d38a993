"""What the queue shows of saved views and chosen columns."""

from dataclasses import dataclass, replace
from typing import Final

from django.db.models import F, Q, QuerySet

from datasets.curation.columns import Column, chosen_columns
from datasets.curation.filters import ExampleFilter
from datasets.saved_views.models import ChosenColumns, SavedView
from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class ShownView:
    """A saved view with its query; the queue shows the current one."""

    name: str
    query: str
    is_current: bool


def visible_views(user: User, project: Project) -> QuerySet[SavedView]:
    """Return the views that a member sees: the project's, then their own, by name."""
    return _visible(user.pk, project.pk)


def _visible(user: int, project: int) -> QuerySet[SavedView]:
    found = SavedView.objects.filter(Q(owner=None) | Q(owner=user), project=project)
    return found.order_by(F("owner").asc(nulls_first=True), "name")


_VIEWS: Final = CompiledQuery(
    lambda user, project: _visible(user, project).values_list("name", "query"), "user", "project"
)
_CHOSEN: Final = CompiledQuery(
    lambda user, project: ChosenColumns.objects.filter(user=user, project=project).values_list(
        "codes"
    ),
    "user",
    "project",
)


def views_for(user: User, project: Project, current: ExampleFilter) -> list[ShownView]:
    """Return the views that a member sees, and which of them is shown."""
    rows, query = _VIEWS.rows(user=user.pk, project=project.pk), current.query
    return [ShownView(name, own or "show=all", is_current=own == query) for name, own in rows]


def default_query(user: User, project: Project) -> str:
    """Return the query of the member's default view, or else of the project's; empty for none."""
    found = visible_views(user, project).filter(is_default=True)
    view = found.order_by(F("owner").asc(nulls_last=True)).first()
    return view.query if view else ""


def columns_for(user: User, project: Project, codes: str) -> list[Column]:
    """Return the columns of these codes, or else those that the member has chosen."""
    if not codes:
        chosen = _CHOSEN.column(user=user.pk, project=project.pk)
        return chosen_columns(chosen[0] if chosen else ())
    return chosen_columns(codes.split(","))


def with_columns(shown: ExampleFilter, columns: list[Column]) -> ExampleFilter:
    """Return a list that shows these columns to every member."""
    return replace(shown, columns=",".join(column.code for column in columns))
