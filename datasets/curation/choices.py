"""The texts and policies of which a member chooses the one that fixes a finding of the house voice.

A rule with one text needs no choice: its findings have that text as their replacement.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from datasets.conversations.chat import Content
from datasets.curation.inspection_sources import sourced_setting
from datasets.curation.models import Choice, Finding, Policy
from datasets.inspections.voice import inserted
from datasets.inspections.voice_rules import VoiceKind, VoiceRule
from reviewapp.people.models import Project

_INSERTING = frozenset({VoiceKind.GREETING, VoiceKind.SIGN_OFF, VoiceKind.CALL_TO_ACTION})


def choices_by_code(project: Project) -> dict[str, tuple[Choice, ...]]:
    """Return what can be chosen for the findings of each rule that leaves a choice."""
    rules: tuple[VoiceRule, ...] = sourced_setting("voice", project)
    policies: dict[str, str] = {}
    if any(rule.kind == VoiceKind.POLICY for rule in rules):
        policies = dict(Policy.objects.filter(project=project).values_list("slug", "title"))
    choices = {rule.code: _choices(rule, policies) for rule in rules}
    return {code: found for code, found in choices.items() if found}


def _choices(rule: VoiceRule, policies: Mapping[str, str]) -> tuple[Choice, ...]:
    if rule.kind == VoiceKind.POLICY:
        # Only what the library has can be cited.
        slugs = (slug for slug in rule.texts or policies if slug in policies)
        return tuple(Choice(slug, policies[slug]) for slug in slugs)
    if rule.kind in _INSERTING and not rule.only_text:
        return tuple(Choice(text, text) for text in rule.texts)
    return ()


def offer_choices(findings: Iterable[Finding], project: Project) -> None:
    """Give open findings that leave a choice what can be chosen."""
    without_fix = [finding for finding in findings if finding.is_voice and not finding.has_fix]
    choices = choices_by_code(project) if without_fix else {}
    for finding in without_fix:
        offered = choices.get(finding.code, ())
        if finding.message_index is None:
            finding.choices = offered
        elif finding.start is not None:
            finding.choices = tuple(
                choice._replace(insertion=_insertion(finding, choice.value)) for choice in offered
            )


def _insertion(finding: Finding, text: str) -> str:
    content = str(finding.revision.messages[finding.message_index]["content"])
    return inserted(text, before=content[finding.start :])


def with_choice(content: Content, findings: Iterable[Finding], choice: str) -> Content:
    """Return content that cites a chosen policy, and give findings in texts a chosen text."""
    for finding in findings:
        if finding.message_index is not None:
            finding.replacement = _insertion(finding, choice)
        elif choice not in content.policies:
            content = replace(content, policies=[*content.policies, choice])
    return content
