"""Set and remove the targets of a project."""

from typing import Any, Final

from django.db import transaction

from datasets.coverage.models import LABELS, CoverageTarget
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead

MAX_TARGETS, MAX_WANTED = 500, 100_000
# What the columns can hold.
_LONGEST: Final = {"intent": 100, "language": 12, "tag": 60, "policy": 80}


@transaction.atomic
def set_target(
    *, project: Project, wanted: int, actor: User | None, **labels: str
) -> CoverageTarget:
    """Set how many approved examples are wanted with some labels.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: no label, a label that is too long, a number out of range, too many targets.
    """
    _lock(project, actor)
    return _set(project, {label: labels.get(label, "") for label in LABELS}, wanted, actor)


@transaction.atomic
def set_each(
    *, project: Project, label: str, values: list[str], wanted: int, actor: User | None
) -> int:
    """Set the same target for each value of a label; return how many there are.

    Raises:
        PermissionDeniedError, InvalidInput: as `set_target` does.
    """
    _lock(project, actor)
    for value in values:
        _set(project, {**dict.fromkeys(LABELS, ""), label: value}, wanted, actor)
    return len(values)


@transaction.atomic
def remove_target(*, project: Project, target_id: int, actor: User | None) -> None:
    """Remove a target, if it is still there.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
    """
    _lock(project, actor)
    found = CoverageTarget.objects.filter(project=project, pk=target_id).first()
    if found is None:
        return
    found.delete()
    _record(project, actor, _labels(found), before=found.wanted, after=None)


def _lock(project: Project, actor: User | None) -> None:
    require_lead(actor, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)


def _set(
    project: Project, labels: dict[str, str], wanted: int, actor: User | None
) -> CoverageTarget:
    labels = {label: " ".join(value.split()) for label, value in labels.items()}
    if not any(labels.values()):
        raise InvalidInput(message("coverage.no_label"))
    if any(len(value) > _LONGEST[label] for label, value in labels.items()):
        raise InvalidInput(message("coverage.label_too_long"))
    if not 1 <= wanted <= MAX_WANTED:
        raise InvalidInput(message("coverage.wanted", n=MAX_WANTED), field="wanted")
    targets = CoverageTarget.objects.filter(project=project)
    found = targets.filter(**labels).first()
    if found is not None and found.wanted == wanted:
        return found
    before = found.wanted if found else None
    if found is None:
        if targets.count() >= MAX_TARGETS:
            raise InvalidInput(message("coverage.too_many", n=MAX_TARGETS))
        found = CoverageTarget(project=project, created_by=actor, **labels)
    found.wanted = wanted
    found.save()
    _record(project, actor, labels, before=before, after=wanted)
    return found


def _labels(target: CoverageTarget) -> dict[str, str]:
    return {label: getattr(target, label) for label in LABELS}


def _record(project: Project, actor: User | None, labels: dict[str, str], **numbers: Any) -> None:
    shown = {name: "" if number is None else str(number) for name, number in numbers.items()}
    given = {label: value for label, value in labels.items() if value}
    ProjectEvent.objects.create(
        project=project, actor=actor, action="set_coverage_target", detail=given, **shown
    )
