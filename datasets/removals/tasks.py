"""The job that takes findings away."""

from datasets.removals.actions import run_removal
from datasets.removals.models import FindingRemoval
from reviewapp.jobs.tasks import register_job

INLINE_LIMIT = 50
FINDING_REMOVALS = register_job("finding_removal", FindingRemoval, run=run_removal)


def start(removal: FindingRemoval | None) -> bool:
    """Read few examples at once, within the request, and more by a worker; return whether done."""
    if removal is None:
        return True
    if removal.total > INLINE_LIMIT:
        FINDING_REMOVALS.send(removal.pk)
        return False
    run_removal(removal.pk)
    return True
