"""Change whether names are looked for, and which ones are never suggested.

Open suggestions that the new settings would not make are taken away at once; otherwise the next
bulk action would replace them.
"""

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext

from datasets.curation.models import Finding, GoldenExample
from datasets.inspections.names.known import KnownNames
from datasets.inspections.names.search import NAME_CODES
from reviewapp.core.errors import InvalidInput
from reviewapp.people.actions import settings as projects
from reviewapp.people.models import Project, ProjectEvent, User

MAX_NAMES, MIN_LENGTH, MAX_LENGTH = 500, 2, 120
CHUNK: Final = 500


@transaction.atomic
def change_name_search(
    *, project_id: int, finds_names: bool, known_names: Sequence[str], actor: User | None
) -> Project:
    """Change both settings and take the suggestions away that they rule out.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a name is too short or too long, or there are too many.
    """
    changes = {"finds_names": finds_names, "known_names": _checked(known_names)}
    project = projects.change_settings(project_id=project_id, changes=changes, actor=actor)
    _take_away(project, actor)
    return project


@transaction.atomic
def add_known_name(*, finding: Finding, actor: User | None) -> Project:
    """Add the text of a finding to the names that are never suggested.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: it is no finding of a name, or there are too many names.
    """
    project = Project.objects.select_for_update().get(pk=finding.revision.example.project_id)
    if finding.code not in NAME_CODES.values():
        raise InvalidInput(gettext("This finding is not about a name or an address."))
    return change_name_search(
        project_id=project.pk,
        finds_names=project.finds_names,
        known_names=[*project.known_names, finding.found_text],
        actor=actor,
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


def _take_away(project: Project, actor: User | None) -> None:
    """Delete the open suggestions in latest revisions that the settings rule out."""
    found = Finding.objects.filter(
        code__in=NAME_CODES.values(),
        state=Finding.State.OPEN,
        revision__example__project=project,
        revision__number=F("revision__example__latest_number"),
    )
    gone = _known(found, KnownNames(project.known_names)) if project.finds_names else None
    if gone is not None:
        found = found.filter(pk__in=gone)
    examples = list(found.order_by().values_list("revision__example", flat=True).distinct())
    if not examples:
        return
    # Locked in their order, as those who revise many examples lock them.
    rows = GoldenExample.with_deleted.filter(pk__in=examples)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    deleted, _by_model = found.delete()
    _count(rows)
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="take_away_names",
        detail={"findings": deleted, "examples": len(examples)},
    )


def _known(found: QuerySet[Finding], known: KnownNames) -> list[int]:
    """Return the ids of the findings whose text is a known name."""
    if not known:
        return []
    rows = found.select_related("revision").iterator(chunk_size=CHUNK)
    return [finding.pk for finding in rows if _is_known(finding, known)]


def _is_known(finding: Finding, known: KnownNames) -> bool:
    if finding.message_index is None or finding.start is None or finding.end is None:
        return False
    text = str(finding.revision.messages[finding.message_index]["content"] or "")
    return known.covers(text, finding.start, finding.end)


def _count(examples: QuerySet[GoldenExample]) -> None:
    """Store the number of open findings of these examples."""
    latest = Finding.objects.filter(
        revision__example=OuterRef("pk"),
        revision__number=OuterRef("latest_number"),
        state=Finding.State.OPEN,
    )
    by_example = latest.order_by().values("revision__example")
    is_blocking = Q(severity=Finding.Severity.BLOCKING)
    examples.update(
        open_findings=Coalesce(Subquery(by_example.annotate(n=Count("pk")).values("n")), 0),
        blocking_findings=Coalesce(
            Subquery(by_example.annotate(n=Count("pk", filter=is_blocking)).values("n")), 0
        ),
        updated_at=timezone.now(),
    )
