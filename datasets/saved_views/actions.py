"""Save, rename and delete views of the queue, and keep a member's columns."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from datasets.curation.columns import chosen_columns
from datasets.curation.filters import ExampleFilter
from datasets.saved_views.models import MAX_NAME_LENGTH, ChosenColumns, SavedView
from datasets.saved_views.permissions import require_change, require_saving
from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project, ProjectEvent, User

MAX_VIEWS = 30


@transaction.atomic
def save_view(
    *, project: Project, name: str, query: str, for_project: bool, actor: User
) -> SavedView:
    """Save a list of the queue under a name, for the actor or for all members.

    Raises:
        PermissionDeniedError: the actor is no member, or no lead where it is for the project.
        InvalidInput: the name is missing, too long or taken, or there are too many views.
    """
    require_saving(actor, project, for_project=for_project)
    # Views of one project are saved after each other, so that their number and names are exact.
    Project.objects.select_for_update().get(pk=project.pk)
    views = SavedView.objects.filter(project=project, owner=None if for_project else actor)
    name = _checked_name(views, name)
    if views.count() >= MAX_VIEWS:
        raise InvalidInput(
            gettext("There are %(count)s views already. Delete one first.") % {"count": MAX_VIEWS}
        )
    shown = ExampleFilter.from_query(QueryDict(query))
    view = SavedView.objects.create(
        project=project, owner=None if for_project else actor, name=name, query=shown.query
    )
    _record(view, "save_view", actor, after=name)
    return view


@transaction.atomic
def rename_view(*, view_id: int, name: str, actor: User) -> SavedView:
    """Give a view another name.

    Raises:
        PermissionDeniedError: the view is the project's, and the actor is no lead.
        InvalidInput: the name is missing, too long or taken.
    """
    view = _locked(view_id, actor)
    others = SavedView.objects.filter(project=view.project, owner=view.owner).exclude(pk=view.pk)
    before, view.name = view.name, _checked_name(others, name)
    if view.name != before:
        view.save(update_fields=["name"])
        _record(view, "rename_view", actor, before=before, after=view.name)
    return view


@transaction.atomic
def delete_view(*, view_id: int, actor: User) -> None:
    """Delete a view.

    Raises:
        PermissionDeniedError: the view is the project's, and the actor is no lead.
    """
    view = _locked(view_id, actor)
    _record(view, "delete_view", actor, before=view.name)
    view.delete()


@transaction.atomic
def set_default_view(*, view_id: int, is_default: bool, actor: User) -> SavedView:
    """Open the queue with a view from now on, or no longer.

    Raises:
        PermissionDeniedError: the view is the project's, and the actor is no lead.
    """
    view = _locked(view_id, actor)
    if view.is_default != is_default:
        same = SavedView.objects.filter(project=view.project, owner=view.owner, is_default=True)
        same.update(is_default=False)
        view.is_default = is_default
        view.save(update_fields=["is_default"])
        _record(view, "set_default_view", actor, after=view.name if is_default else "")
    return view


@transaction.atomic
def choose_columns(*, project: Project, codes: Iterable[str], actor: User) -> None:
    """Keep the columns that a member sees in the queue; none for the default ones.

    Raises:
        PermissionDeniedError: the actor is no member.
    """
    require_saving(actor, project, for_project=False)
    wanted = [*codes]
    known = [column.code for column in chosen_columns(wanted)] if wanted else []
    ChosenColumns.objects.update_or_create(project=project, user=actor, defaults={"codes": known})


def _locked(view_id: int, actor: User) -> SavedView:
    view = SavedView.objects.select_related("project").get(pk=view_id)
    require_change(actor, view)
    Project.objects.select_for_update().get(pk=view.project_id)
    view.refresh_from_db()
    return view


def _checked_name(others: QuerySet[SavedView], name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name:
        raise InvalidInput(gettext("Give the view a name."), field="name")
    if len(name) > MAX_NAME_LENGTH:
        text = gettext("Shorten the name to at most %(count)s characters.")
        raise InvalidInput(text % {"count": MAX_NAME_LENGTH}, field="name")
    if others.filter(name=name).exists():
        text = gettext("There is a view “%(name)s” already. Choose another name.")
        raise InvalidInput(text % {"name": name}, field="name")
    return name


def _record(
    view: SavedView, action: str, actor: User, *, before: str = "", after: str = ""
) -> None:
    """Record a change of a view that all members see."""
    if view.owner_id is None:
        ProjectEvent.objects.create(
            project=view.project,
            actor=actor,
            action=action,
            before=before,
            after=after,
            detail={"query": view.query},
        )
