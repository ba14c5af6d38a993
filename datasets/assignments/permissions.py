"""Permissions to assign an example, and the members who can get it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from datasets.assignments.models import Assignment
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample
from reviewapp.core.db.compiled import CompiledQuery
from reviewapp.core.errors import InvalidInput, InvalidTransition, PermissionDeniedError
from reviewapp.core.messages import message
from reviewapp.people.models import Project, User
from reviewapp.people.permissions import (
    ROLE_PERMISSIONS,
    Permission,
    permission_denied_reason,
    permissions_of,
)

_EDITING_ROLES = [role for role, given in ROLE_PERMISSIONS.items() if Permission.CURATE in given]


def editors_of(project: Project) -> "QuerySet[User]":
    """Return the active members who may edit examples, by name: those whom one can assign."""
    return _editors(project.pk)


def _editors(project: int) -> "QuerySet[User]":
    found = User.objects.filter(
        is_active=True, memberships__project=project, memberships__role__in=_EDITING_ROLES
    )
    return found.distinct().order_by("name", "email")


_EDITOR_NAMES: Final = CompiledQuery(
    lambda project: _editors(project).values_list("pk", "name", "email"), "project"
)


def editor_choices(project: Project) -> list[tuple[str, str]]:
    """Return the ids, as text, and the names of `editors_of`."""
    rows = _EDITOR_NAMES.rows(project=project.pk)
    return [(str(pk), name or email) for pk, name, email in rows]


@dataclass(frozen=True)
class Assigning:
    """The permissions of one user to assign examples of a project, read once for many."""

    actor: User
    project: Project

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """The user's permissions in the project."""
        return permissions_of(self.actor, self.project)

    @cached_property
    def editors(self) -> dict[int, User]:
        """The members who may edit, by id."""
        return {editor.pk: editor for editor in editors_of(self.project)}

    @property
    def is_lead(self) -> bool:
        """Whether the user may assign any example to any editor."""
        return Permission.LEAD in self.permissions

    def check(
        self,
        example: GoldenExample,
        current: Assignment | None,
        *,
        assignee_id: int | None,
        due_on: date | None,
    ) -> None:
        """Check that the user may give the example to this member, or with None to nobody.

        A lead assigns everything. Other editors take what is nobody's, and hand on what is theirs.

        Raises:
            PermissionDeniedError: the user may not.
            InvalidTransition: the example is retired or erased.
            InvalidInput: the assignee may not edit, or nothing would change.
        """
        self._check_actor(current, assignee_id)
        if assignee_id is None:
            if current is None:
                raise InvalidInput(message("assignments.nobody_already"))
            return
        if example.erased_at is not None:
            raise InvalidTransition(message("curation.erased"))
        if example.state == State.RETIRED:
            raise InvalidTransition(message("curation.retired"))
        if assignee_id not in self.editors:
            raise InvalidInput(message("assignments.cannot_edit"), field="assignee")
        if current and (current.assignee_id, current.due_on) == (assignee_id, due_on):
            raise InvalidInput(message("assignments.same"))

    def _check_actor(self, current: Assignment | None, assignee_id: int | None) -> None:
        if reason := permission_denied_reason(self.permissions, Permission.CURATE, self.project):
            raise PermissionDeniedError(reason)
        if self.is_lead:
            return
        if current is not None and current.assignee_id != self.actor.pk:
            raise PermissionDeniedError(message("assignments.of_another"))
        if current is None and assignee_id not in {None, self.actor.pk}:
            raise PermissionDeniedError(message("assignments.only_take"))


def check_due(due_on: date | None, unchanged: date | None = None) -> None:
    """Check that a day is not past; one that was set before may stay.

    Raises:
        InvalidInput: it is.
    """
    if due_on is not None and due_on != unchanged and due_on < timezone.now().date():
        raise InvalidInput(message("assignments.past"), field="due_on")
