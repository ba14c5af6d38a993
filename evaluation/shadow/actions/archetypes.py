"""Changes of the set of archetype prompts of a project, and of its rules."""

from dataclasses import asdict

from django.db import transaction
from django.db.models import Max

from datasets.curation.models import GoldenExample
from evaluation.shadow.archetypes import archetype_denied_reason, choosable, rules_of, settings_of
from evaluation.shadow.models import Archetype, ShadowSettings
from evaluation.shadow.rules import ShadowRules, check_rules
from evaluation.shadow.sampling import MAX_ARCHETYPES, PROPOSED, stratified
from reviewapp.core.errors import InvalidInput, InvalidTransition
from reviewapp.core.messages import message
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def add_archetype(*, project: Project, example_id: int, actor: User | None) -> Archetype:
    """Add an example at the end of the set; return the row that is there if it is in it already.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the example is not in the project.
        InvalidTransition: it cannot be an archetype, or the set is full.
    """
    _lock(project, actor)
    examples = GoldenExample.objects.select_related("approved_revision")
    example = examples.filter(pk=example_id, project=project).first()
    if example is None:
        raise InvalidInput(message("shadow.unknown_example"))
    found = Archetype.objects.filter(project=project, example=example).first()
    if found is not None:
        return found
    if denied := archetype_denied_reason(example):
        raise InvalidTransition(denied)
    (added,) = _add(project, [example.pk], actor)
    return added


@transaction.atomic
def propose_archetypes(*, project: Project, actor: User | None) -> list[Archetype]:
    """Fill the set up to its usual size, so that intents and languages are all represented.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidTransition: nothing can be added.
    """
    _lock(project, actor)
    free = PROPOSED - project.archetypes.count()
    ids = stratified(choosable(project), free) if free > 0 else []
    if not ids:
        code = "shadow.set_is_full" if free <= 0 else "shadow.nothing_to_propose"
        raise InvalidTransition(message(code, n=PROPOSED))
    return _add(project, ids, actor)


def _add(project: Project, example_ids: list[int], actor: User | None) -> list[Archetype]:
    if project.archetypes.count() + len(example_ids) > MAX_ARCHETYPES:
        raise InvalidTransition(message("shadow.set_is_full", n=MAX_ARCHETYPES))
    last = project.archetypes.aggregate(last=Max("position"))["last"] or 0
    rows = [
        Archetype(project=project, example_id=pk, position=last + number, added_by=actor)
        for number, pk in enumerate(example_ids, start=1)
    ]
    added = Archetype.objects.bulk_create(rows)
    _record(project, "add_archetypes", actor, {"examples": example_ids})
    return added


@transaction.atomic
def remove_archetype(*, project: Project, example_id: int, actor: User | None) -> None:
    """Take an example out of the set; checks that were made keep their answers.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
    """
    _lock(project, actor)
    removed, _rows = Archetype.objects.filter(project=project, example=example_id).delete()
    if removed:
        _record(project, "remove_archetype", actor, {"examples": [example_id]})


@transaction.atomic
def move_archetype(*, project: Project, example_id: int, is_up: bool, actor: User | None) -> None:
    """Swap an archetype with the one before it, or after it; nothing happens at the end.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
    """
    _lock(project, actor)
    rows = list(Archetype.objects.filter(project=project))
    at = next((n for n, row in enumerate(rows) if row.example_id == example_id), None)
    other = None if at is None else at - 1 if is_up else at + 1
    if at is None or other is None or not 0 <= other < len(rows):
        return
    rows[at], rows[other] = rows[other], rows[at]
    for position, row in enumerate(rows, start=1):
        row.position = position
    Archetype.objects.bulk_update(rows, ["position"])
    _record(project, "move_archetype", actor, {"examples": [example_id], "position": other + 1})


@transaction.atomic
def change_shadow_settings(
    *, project: Project, rules: ShadowRules, checks_tuned_models: bool, actor: User | None
) -> ShadowSettings:
    """Change what the answers of a project have to keep; checks that were made keep theirs.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: a value is too long.
    """
    _lock(project, actor)
    check_rules(rules)
    before = rules_of(project).as_json()
    found = settings_of(project)
    for name, value in asdict(rules).items():
        setattr(found, name, list(value) if isinstance(value, tuple) else value)
    found.checks_tuned_models = checks_tuned_models
    found.save()
    after = rules.as_json()
    changed = sorted(name for name, value in after.items() if before[name] != value)
    detail = {"changed": changed, "checks_tuned_models": checks_tuned_models}
    _record(project, "change_shadow_settings", actor, detail)
    return found


def _lock(project: Project, actor: User | None) -> None:
    """Lock the project, so that positions and the size of the set hold."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    require_lead(actor, project)


def _record(project: Project, action: str, actor: User | None, detail: dict[str, object]) -> None:
    ProjectEvent.objects.create(project=project, actor=actor, action=action, detail=detail)
