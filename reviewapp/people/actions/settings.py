"""Changes of a project's settings. Each records an event with the old and the new values."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from reviewapp.core.errors import InvalidInput
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import Permission, require_permission

CHANGEABLE = (
    "name",
    "description",
    "languages",
    "token_budget",
    "message_token_budget",
    "tokenizer_model",
    "requires_system_message",
    "phone_regions",
    "finds_names",
    "known_names",
    "keep_rejects_days",
    "keep_drafts_days",
    "keep_provider_data_days",
)


@transaction.atomic
def change_settings(*, project_id: int, changes: Mapping[str, Any], actor: User | None) -> Project:
    """Change settings of a project and record the values that differ; `actor` None is the system.

    Saved revisions keep their findings; the new settings apply to the next revision.

    Raises:
        PermissionDeniedError: the actor is not a lead.
        InvalidInput: a setting is unknown or a budget is not positive.
    """
    # Others may store rows of the project meanwhile, such as events of its jobs.
    project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
    require_permission(actor, project, Permission.LEAD)
    if unknown := set(changes) - set(CHANGEABLE):
        raise InvalidInput(gettext("There is no setting “%(name)s”.") % {"name": min(unknown)})
    for name in ("token_budget", "message_token_budget"):
        if name in changes and changes[name] < 1:
            raise InvalidInput(gettext("A token budget is at least 1."), field=name)
    differing = {name: new for name, new in changes.items() if getattr(project, name) != new}
    if not differing:
        return project
    before = {name: getattr(project, name) for name in differing}
    for name, new in differing.items():
        setattr(project, name, new)
    project.save(update_fields=[*differing])
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="change_settings",
        detail={"before": before, "after": differing},
    )
    return project


@transaction.atomic
def mark_as_demo(*, project_id: int) -> Project:
    """Mark a project as the demo, whose data is made up. Only the system does this."""
    project = Project.objects.select_for_update().get(pk=project_id)
    project.is_demo = True
    project.save(update_fields=["is_demo"])
    ProjectEvent.objects.create(project=project, action="mark_as_demo", after=project.slug)
    return project
