"""Queries about archetypes: the set of a project, what may be chosen, its rules."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from datasets.conversations.split import Split
from datasets.curation.lifecycle import State
from datasets.curation.models import GoldenExample, Revision
from datasets.versions.models import DatasetItem
from evaluation.runs.prompts import without_answer
from evaluation.shadow.models import Archetype, ShadowSettings
from evaluation.shadow.rules import ShadowRules
from evaluation.shadow.sampling import Choosable
from reviewapp.core.messages import Message, message
from reviewapp.people.models import Project


@dataclass(frozen=True)
class ArchetypeRow:
    """An archetype with its approved wording; `blocked_reason` is why it is not asked now."""

    archetype: Archetype
    revision: Revision | None
    blocked_reason: Message | None


def settings_of(project: Project) -> ShadowSettings:
    """Return the settings of a project's shadow checks; the defaults, unsaved, if it has none."""
    found = ShadowSettings.objects.filter(project=project).first()
    return found or ShadowSettings(project=project)


def rules_of(project: Project) -> ShadowRules:
    """Return the rules that the answers of a project have to keep."""
    found = settings_of(project)
    return ShadowRules(
        system_prompt=found.system_prompt,
        citation_pattern=found.citation_pattern,
        forbidden_words=tuple(found.forbidden_words),
        style_rules=tuple(found.style_rules),
        max_words=found.max_words,
    )


def archetype_rows(project: Project) -> list[ArchetypeRow]:
    """Return the archetypes of a project in their order."""
    found = Archetype.objects.filter(project=project).select_related(
        "example__approved_revision__intent"
    )
    rows = list(found)
    tested = in_test_split([row.example_id for row in rows])
    return [
        ArchetypeRow(row, row.example.approved_revision, _blocked_reason(row.example, tested))
        for row in rows
    ]


def asked_revisions(project: Project) -> list[Revision]:
    """Return the wordings that a shadow check of the project asks now, in order."""
    rows = archetype_rows(project)
    return [row.revision for row in rows if row.revision and row.blocked_reason is None]


def archetype_denied_reason(example: GoldenExample) -> Message | None:
    """Return why an example cannot be an archetype; None if it can."""
    return _blocked_reason(example, in_test_split([example.pk]))


def _blocked_reason(example: GoldenExample, tested: Collection[int]) -> Message | None:
    if example.erased_at is not None:
        return message("shadow.erased_example")
    if example.state != State.APPROVED or example.approved_revision is None:
        return message("shadow.not_approved")
    if example.pk in tested:
        return message("shadow.in_test_split")
    if not without_answer(example.approved_revision.messages):
        return message("shadow.no_customer")
    return None


def in_test_split(example_ids: Collection[int]) -> set[int]:
    """Return which examples are in the test split of a version: people vote on their prompts."""
    items = DatasetItem.objects.filter(
        split=Split.TEST, revision__example__in=example_ids
    ).order_by()
    return set(items.values_list("revision__example", flat=True))


def choosable(project: Project) -> list[Choosable]:
    """Return the approved examples that may be proposed: in no test split, and not chosen yet."""
    tested = DatasetItem.objects.filter(split=Split.TEST, revision__example=OuterRef("pk"))
    chosen = Archetype.objects.filter(project=project, example=OuterRef("pk"))
    found = GoldenExample.objects.filter(
        project=project,
        state=State.APPROVED,
        erased_at=None,
        approved_revision__messages__contains=[{"role": "user"}],
    )
    rows = (
        found.exclude(Exists(tested))
        .exclude(Exists(chosen))
        .values_list(
            "pk",
            "approved_revision__intent__name",
            "approved_revision__language",
            "approved_revision__content_hash",
        )
    )
    return [Choosable(pk, intent or "", *labels) for pk, intent, *labels in rows]
