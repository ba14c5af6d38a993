"""Change whether names are looked for, and which ones are never suggested.

Open suggestions that the new settings would not make are taken away: otherwise the next bulk action
would replace them.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext

from datasets.curation.models import Finding
from datasets.inspections.names.search import NAME_CODES
from datasets.removals.actions import end_removals, new_removal
from datasets.removals.models import FindingRemoval, Subject
from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions import settings as projects
from reviewapp.people.models import Project, User

MAX_NAMES, MIN_LENGTH, MAX_LENGTH = 500, 2, 120


@transaction.atomic
def change_name_search(
    *,
    project_id: int,
    finds_names: bool,
    known_names: Sequence[str],
    actor: User | None,
    first: int | None = None,
) -> FindingRemoval | None:
    """Change both settings; return the job that takes away what they rule out, None for nothing.

    Args:
        first: the id of the example whose suggestions go at once.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a name is too short or too long, or there are too many.
    """
    changes = {"finds_names": finds_names, "known_names": _checked(known_names)}
    project = projects.change_settings(project_id=project_id, changes=changes, actor=actor)
    if project.finds_names and not project.known_names:
        end_removals(project, Subject.NAMES)
        return None
    return new_removal(project, Subject.NAMES, actor, first=first)


@transaction.atomic
def add_known_name(*, finding: Finding, actor: User | None) -> FindingRemoval | None:
    """Add the text of a finding to the names that are never suggested; return the job as above.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: it is no finding of a name, or there are too many names.
    """
    project = Project.objects.select_for_update(no_key=True).get(
        pk=finding.revision.example.project_id
    )
    if finding.code not in NAME_CODES.values():
        raise InvalidInput(gettext("This finding is not about a name or an address."))
    return change_name_search(
        project_id=project.pk,
        finds_names=project.finds_names,
        known_names=[*project.known_names, finding.found_text],
        actor=actor,
        first=finding.revision.example_id,
    )


def _checked(names: Sequence[str]) -> list[str]:
    """Return the names without spaces around them and repetitions, in their order."""
    shown = {" ".join(name.split()).casefold(): " ".join(name.split()) for name in reversed(names)}
    kept = [name for name in reversed(shown.values()) if name]
    if len(kept) > MAX_NAMES:
        reason = gettext("There are more than %(n)s names. Remove some lines.")
        raise InvalidInput(reason % {"n": MAX_NAMES}, field="known_names")
    for name in kept:
        if not MIN_LENGTH <= len(name) <= MAX_LENGTH:
            reason = gettext("“%(name)s” is too short or too long: 2 to 120 characters.")
            raise InvalidInput(reason % {"name": name[:MAX_LENGTH]}, field="known_names")
    return kept
