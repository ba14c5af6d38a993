"""The HTTP API of the house voice: the rules in force, with what they find."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from datasets.voice.current import (
    current_ruleset,
    examples_with_findings,
    latest_inspection,
    rules_in,
)
from reviewapp.people.api import project_for
from reviewapp.people.permissions import Permission

router = Router(tags=["examples"])


class VoiceRuleOut(Schema):
    """A rule, and in how many examples it has an open finding with this code."""

    key: str
    name: str
    kind: str
    texts: list[str]
    better: str
    min_words: int | None
    max_words: int | None
    languages: list[str]
    intents: list[str]
    tags: list[str]
    blocks: bool
    code: str
    examples: int


class VoiceOut(Schema):
    """The rules of the version in force; `is_inspected` once every example was inspected by it."""

    version: int
    is_inspected: bool
    rules: list[VoiceRuleOut]


@router.get(
    "/projects/{slug}/voice",
    operation_id="datasets_api_voice_rules",
    response={200: VoiceOut},
    summary="List the rules of the house voice",
)
def voice_rules(request: HttpRequest, slug: str) -> dict[str, Any]:
    """Return the rules with the number of examples that contradict each."""
    project = project_for(request, slug, Permission.VIEW)
    ruleset, counts = current_ruleset(project), examples_with_findings(project)
    inspection = latest_inspection(project)
    return {
        "version": ruleset.number if ruleset else 0,
        "is_inspected": inspection is None or inspection.state == inspection.State.DONE,
        "rules": [
            {**vars(rule), "code": rule.code, "examples": counts.get(rule.code, 0)}
            for rule in rules_in(ruleset)
        ],
    }
