"""What a rule would find in the approved examples, before it is saved."""

from dataclasses import dataclass
from typing import Final

from django.db.models import F

from datasets.curation.actions.revision_storage import content_of
from datasets.curation.lifecycle import State
from datasets.curation.models import Revision
from datasets.curation.visibility import readable_by
from datasets.inspections.voice import voice_findings
from datasets.inspections.voice_rules import VoiceRule
from reviewapp.core.messages import Message
from reviewapp.people.models import Project, User

SAMPLE: Final = 2000
"""A trial reads at most so many approved examples, the newest."""
SHOWN: Final = 8


@dataclass(frozen=True)
class TrialHit:
    """An example in which the rule finds something, with its first finding."""

    example_id: int
    preview: str
    text: Message


@dataclass(frozen=True)
class Trial:
    """How many of the examples that were read would get a finding, and the first of them."""

    read: int
    found: int
    hits: tuple[TrialHit, ...]


def try_rule(project: Project, rule: VoiceRule, user: User) -> Trial:
    """Return what a rule finds in the newest approved examples that the user may read."""
    approved = project.examples.filter(readable_by(user, project), state=State.APPROVED)
    newest = [*approved.order_by("-pk").values_list("pk", flat=True)[:SAMPLE]]
    revisions = Revision.objects.filter(
        example__in=newest, number=F("example__latest_number")
    ).select_related("intent", "example")
    found = 0
    hits: list[TrialHit] = []
    for revision in revisions.order_by("-example").iterator(chunk_size=200):
        first = next(voice_findings(content_of(revision), (rule,)), None)
        if first is None:
            continue
        found += 1
        if len(hits) < SHOWN:
            hits.append(TrialHit(revision.example_id, str(revision.example), first.text))
    return Trial(len(newest), found, tuple(hits))
