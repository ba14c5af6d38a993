"""The rules of a project that are in force, and how many examples they find something in."""

from django.db.models import Count, F

from datasets.curation.models import Finding
from datasets.inspections.voice_rules import VOICE_PREFIX, VoiceRule
from datasets.voice.documents import rule_of_json
from datasets.voice.models import VoiceInspection, VoiceRuleset
from reviewapp.people.models import Project


def current_ruleset(project: Project) -> VoiceRuleset | None:
    """Return the version in force; None before the first rule."""
    return VoiceRuleset.objects.filter(project=project).order_by("-number").first()


def rules_in(ruleset: VoiceRuleset | None) -> tuple[VoiceRule, ...]:
    """Return the rules of a version; none of None."""
    return tuple(map(rule_of_json, ruleset.rules)) if ruleset else ()


def rules_of(project: Project) -> tuple[VoiceRule, ...]:
    """Return the rules that inspections apply."""
    return rules_in(current_ruleset(project) if project.pk else None)


def latest_inspection(project: Project) -> VoiceInspection | None:
    """Return the newest inspection of all examples by rules of a project; None without one."""
    found = VoiceInspection.objects.filter(ruleset__project=project).select_related("ruleset")
    return found.order_by("-pk").first()


def examples_with_findings(project: Project) -> dict[str, int]:
    """Return in how many examples each rule has an open finding, by the code of its findings."""
    found = Finding.objects.filter(
        state=Finding.State.OPEN,
        code__startswith=VOICE_PREFIX,
        revision__example__project=project,
        revision__example__deleted_at=None,
        revision__number=F("revision__example__latest_number"),
    )
    counted = found.order_by().values_list("code").annotate(Count("revision", distinct=True))
    return dict(counted)
