"""The job that takes away suggested names."""

from datasets.known_names.actions import run_removal
from datasets.known_names.models import NameRemoval
from reviewapp.jobs.tasks import register_job

INLINE_LIMIT = 50
NAME_REMOVALS = register_job("name_removal", NameRemoval, run=run_removal)


def start(removal: NameRemoval | None) -> bool:
    """Read few examples at once, within the request, and more by a worker; return whether done."""
    if removal is None:
        return True
    if removal.total > INLINE_LIMIT:
        NAME_REMOVALS.send(removal.pk)
        return False
    run_removal(removal.pk)
    return True
