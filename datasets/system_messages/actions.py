"""Change the system messages of a project, and whether examples without one have a finding.

Once none is expected, a job takes the open findings about it away.
"""

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils.translation import gettext

from datasets.conversations.messages import line_feeds
from datasets.curation.models import SystemMessage
from datasets.curation.system_messages import system_messages_of
from datasets.removals.actions import end_removals, new_removal
from datasets.removals.models import FindingRemoval, Subject
from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions import settings as projects
from reviewapp.people.models import Project, ProjectEvent, User

MAX_LENGTH: Final = 20_000


@transaction.atomic
def change_system_messages(
    *,
    project_id: int,
    requires_system_message: bool,
    system_messages: Mapping[str, str],
    actor: User | None,
) -> FindingRemoval | None:
    """Change both, and record what differs; return the job that takes findings away, or None.

    Args:
        system_messages: by the base code of their language; the empty code is for all others.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a text is too long or cannot be stored.
    """
    after = _checked(system_messages)
    changes = {"requires_system_message": requires_system_message}
    # It locks the project, so that of two members at once the second one replaces the whole.
    project = projects.change_settings(project_id=project_id, changes=changes, actor=actor)
    before = system_messages_of(project)
    if before != after:
        _store(project, after)
        detail = {"before": before, "after": after}
        ProjectEvent.objects.create(
            project=project, actor=actor, action="save_system_messages", detail=detail
        )
    # It takes the place of one that was ended or lost.
    if not project.requires_system_message:
        return new_removal(project, Subject.MISSING_SYSTEM, actor)
    end_removals(project, Subject.MISSING_SYSTEM)
    return None


def _store(project: Project, texts: Mapping[str, str]) -> None:
    SystemMessage.objects.filter(project=project).delete()
    SystemMessage.objects.bulk_create(
        SystemMessage(project=project, language=code, text=text) for code, text in texts.items()
    )


def _checked(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the texts that are not empty, without space around them."""
    kept = {code: line_feeds(text).strip() for code, text in texts.items()}
    if any(len(text) > MAX_LENGTH for text in kept.values()):
        reason = gettext("A system message has at most %(n)s characters. Shorten it.")
        raise InvalidInput(reason % {"n": MAX_LENGTH})
    if any("\x00" in text for text in kept.values()):
        raise InvalidInput(
            gettext("The text holds a NUL character, which cannot be stored. Remove it.")
        )
    return {code: text for code, text in kept.items() if text}
