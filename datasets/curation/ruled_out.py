"""Stored findings that the settings of a project rule out by now.

A job takes them away (`datasets/removals/`); until it is done, nothing may replace them.
"""

from datasets.curation.models import Finding
from datasets.inspections.names.known import known_places
from datasets.inspections.names.search import NAME_CODES
from datasets.inspections.structure import MISSING_SYSTEM
from reviewapp.people.models import Project


def is_ruled_out(finding: Finding, project: Project) -> bool:
    """Return whether a finding suggests what is known by now, or what is not looked for."""
    if finding.code == MISSING_SYSTEM:
        return not project.requires_system_message
    if finding.code not in NAME_CODES.values():
        return False
    if not project.finds_names:
        return True
    if finding.message_index is None or finding.start is None or finding.end is None:
        return False
    text = str(finding.revision.messages[finding.message_index]["content"] or "")
    known = known_places(tuple(project.known_names), text)
    return known.cover(finding.start, finding.end)
