"""How many examples have no system message although the project requires one."""

from datasets.curation.actions.unwanted_findings import open_findings
from datasets.inspections.structure import MISSING_SYSTEM
from reviewapp.people.models import Project


def examples_without(project: Project) -> int:
    """Return the number of examples with the open finding; deleted ones do not count."""
    missing = open_findings(project).filter(code=MISSING_SYSTEM)
    return missing.filter(revision__example__deleted_at=None).count()
