"""Reads the counts of a project's examples by their labels, with one grouped statement."""

from typing import Any, Final

from django.db import connection

from datasets.coverage.cells import Group, Labels, Stage, Target
from datasets.coverage.models import LABELS, CoverageTarget
from datasets.curation.facets import used_intents
from datasets.versions.splits import ENOUGH_FOR_INTENT
from reviewapp.people.models import Project

# What was imported and not touched since is raw: in its first revision and assigned to nobody.
RAW: Final = (
    "e.state = 'draft' AND e.latest_number = 1 AND e.batch_id IS NOT NULL AND a.example_id IS NULL"
)
# Grouped by the ids of intents before their names are joined: the names are longer to compare.
_COUNT: Final = f"""
SELECT coalesce(i.name, ''), g.language, g.tags, g.policies, g.stage, g.n
FROM (
    SELECT e.intent_id, e.language, e.tags, e.policies,
        CASE WHEN e.state = 'approved' THEN 'approved' WHEN {RAW} THEN 'raw' ELSE 'work' END
            AS stage,
        count(*) AS n
    FROM datasets_goldenexample e
    LEFT JOIN datasets_assignment a ON a.example_id = e.id
    WHERE e.project_id = %(project)s AND e.deleted_at IS NULL AND e.state <> 'retired'
    GROUP BY e.intent_id, e.language, e.tags, e.policies, 5
) g
LEFT JOIN datasets_intent i ON i.id = g.intent_id
"""  # noqa: S608 - only the constant above


def groups_of(project: Project) -> list[Group]:
    """Return the examples of a project that are not retired, counted by labels and stage."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"project": project.pk})
        return [_group(*row) for row in cursor.fetchall()]


def _group(
    intent: str, language: str, tags: list[str], policies: list[str], stage: str, n: Any
) -> Group:
    return Group(intent, language, tuple(tags), tuple(policies), Stage(stage), int(n))


def targets_of(project: Project) -> tuple[list[Target], bool]:
    """Return the targets of a project, and whether a lead has set them.

    Without any, each intent of examples needs as many approved ones as a version needs for it.
    """
    stored = CoverageTarget.objects.filter(project=project).values(*LABELS, "wanted")
    targets = [
        Target(Labels(**{label: row[label] for label in LABELS}), row["wanted"]) for row in stored
    ]
    if targets:
        return targets, True
    intents = used_intents(project).values_list("name", flat=True)
    return [Target(Labels(intent=name), ENOUGH_FOR_INTENT) for name in intents], False
