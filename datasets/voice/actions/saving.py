"""Store the next version of a house voice, and the job that inspects all examples by it."""

from collections.abc import Sequence

from django.db import transaction

from datasets.curation.models import GoldenExample
from datasets.inspections.voice_rules import VoiceRule
from datasets.voice.current import current_ruleset, rules_in
from datasets.voice.documents import MAX_RULES, checked, document_of, rules_of_document
from datasets.voice.models import VoiceInspection, VoiceRuleset
from reviewapp.core.errors import InvalidInput
from reviewapp.core.messages import message
from reviewapp.jobs.actions import cancel_job
from reviewapp.people.models import Project, ProjectEvent, User
from reviewapp.people.permissions import require_lead


@transaction.atomic
def save_rule(
    *, project: Project, rule: VoiceRule, seen: int, actor: User | None
) -> VoiceInspection:
    """Add a rule, or replace the one with its key; return the inspection by the new version.

    Args:
        seen: the number of the version that the actor had on screen; 0 before the first.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
        InvalidInput: the rule cannot be applied, there are too many, or another version was saved.
    """
    rules = _lock(project, actor, seen)
    rule = checked(rule)
    kept = [rule if other.key == rule.key else other for other in rules]
    if rule not in kept:
        kept.append(rule)
    if len(kept) > MAX_RULES:
        raise InvalidInput(message("voice.too_many_rules", n=MAX_RULES))
    return _store(project, kept, actor, rules)


@transaction.atomic
def remove_rule(
    *, project: Project, key: str, seen: int, actor: User | None
) -> VoiceInspection | None:
    """Remove a rule; its findings go with it. None if there is no such rule.

    Raises:
        PermissionDeniedError, InvalidInput: as `save_rule` does.
    """
    rules = _lock(project, actor, seen)
    kept = [rule for rule in rules if rule.key != key]
    return None if len(kept) == len(rules) else _store(project, kept, actor, rules)


@transaction.atomic
def import_rules(
    *, project: Project, document: object, seen: int, actor: User | None
) -> VoiceInspection:
    """Replace all rules by those of an exported document.

    Raises:
        PermissionDeniedError, InvalidInput: as `save_rule` does, or it is no such document.
    """
    rules = _lock(project, actor, seen)
    return _store(project, rules_of_document(document), actor, rules)


@transaction.atomic
def repeat_inspection(*, project: Project, actor: User | None) -> VoiceInspection | None:
    """Return a new inspection by the rules in force; None if there are none or one is under way.

    An import that runs while rules are saved goes on with those it began with.

    Raises:
        PermissionDeniedError: the actor is not a lead of the project.
    """
    require_lead(actor, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    ruleset = current_ruleset(project)
    if ruleset is None or any(not job.is_over for job in ruleset.inspections.all()):
        return None
    ProjectEvent.objects.create(
        project=project, actor=actor, action="inspect_voice", detail={"version": ruleset.number}
    )
    return _inspection(ruleset)


def _lock(project: Project, actor: User | None, seen: int) -> tuple[VoiceRule, ...]:
    """Lock the rules of a project and return them."""
    require_lead(actor, project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    ruleset = current_ruleset(project)
    if seen != (ruleset.number if ruleset else 0):
        raise InvalidInput(message("voice.changed_meanwhile"))
    return rules_in(ruleset)


def _store(
    project: Project,
    rules: Sequence[VoiceRule],
    actor: User | None,
    before: Sequence[VoiceRule],
) -> VoiceInspection:
    latest = current_ruleset(project)
    number = latest.number + 1 if latest else 1
    ruleset = VoiceRuleset.objects.create(
        project=project, number=number, rules=document_of(rules)["rules"], created_by=actor
    )
    ProjectEvent.objects.create(
        project=project,
        actor=actor,
        action="save_voice",
        before=str(number - 1) if latest else "",
        after=str(number),
        detail={
            "before": [rule.as_json() for rule in before if rule not in rules],
            "after": [rule.as_json() for rule in rules if rule not in before],
        },
    )
    for job in VoiceInspection.objects.filter(ruleset__project=project, finished_at=None):
        cancel_job(job)
    return _inspection(ruleset)


def _inspection(ruleset: VoiceRuleset) -> VoiceInspection:
    examples = GoldenExample.with_deleted.filter(project=ruleset.project, erased_at=None)
    return VoiceInspection.objects.create(ruleset=ruleset, total=examples.count())
