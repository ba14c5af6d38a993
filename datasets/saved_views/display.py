"""What the queue shows of saved views and chosen columns."""

from dataclasses import dataclass, replace

from django.db.models import F, Q, QuerySet

from datasets.curation.columns import Column, chosen_columns
from datasets.curation.filters import ExampleFilter
from datasets.saved_views.models import ChosenColumns, SavedView
from reviewapp.people.models import Project, User


@dataclass(frozen=True)
class ShownView:
    """A saved view with its query; the queue shows the current one."""

    view: SavedView
    query: str
    is_current: bool


def visible_views(user: User, project: Project) -> QuerySet[SavedView]:
    """Return the views that a member sees: the project's, then their own, by name."""
    found = SavedView.objects.filter(Q(owner=None) | Q(owner=user), project=project)
    return found.order_by(F("owner").asc(nulls_first=True), "name")


def views_for(user: User, project: Project, current: ExampleFilter) -> list[ShownView]:
    """Return the views that a member sees, and which of them is shown."""
    return [
        ShownView(view, view.query or "show=all", is_current=view.query == current.query)
        for view in visible_views(user, project)
    ]


def default_query(user: User, project: Project) -> str:
    """Return the query of the member's default view, or else of the project's; empty for none."""
    found = visible_views(user, project).filter(is_default=True)
    view = found.order_by(F("owner").asc(nulls_last=True)).first()
    return view.query if view else ""


def columns_for(user: User, project: Project, codes: str) -> list[Column]:
    """Return the columns of these codes, or else those that the member has chosen."""
    if not codes:
        chosen = ChosenColumns.objects.filter(project=project, user=user)
        return chosen_columns(chosen.values_list("codes", flat=True).first() or ())
    return chosen_columns(codes.split(","))


def with_columns(shown: ExampleFilter, columns: list[Column]) -> ExampleFilter:
    """Return a list that shows these columns to every member."""
    return replace(shown, columns=",".join(column.code for column in columns))
