"""Take away the open findings that the settings of a project rule out, chunk by chunk.

Each chunk is a transaction that also stores how far it is, so that a killed worker's job goes on.
Until then no action replaces such a finding (`datasets/curation/ruled_out.py`).
"""

from collections.abc import Collection, Mapping
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from datasets.curation.actions.unwanted_findings import count_open_findings
from datasets.curation.models import Finding, GoldenExample
from datasets.curation.ruled_out import is_ruled_out
from datasets.inspections.names.search import NAME_CODES
from datasets.inspections.structure import MISSING_SYSTEM
from datasets.removals.models import FindingRemoval, Subject
from reviewapp.jobs.actions import ClaimLost, cancel_job, claim_job, finish_job, lock_claimed
from reviewapp.people.models import Project, User

CHUNK: Final = 100
_CODES: Final[Mapping[Subject, Collection[str]]] = {
    Subject.NAMES: NAME_CODES.values(),
    Subject.MISSING_SYSTEM: [MISSING_SYSTEM],
}


def new_removal(
    project: Project, subject: Subject, actor: User | None, *, first: int | None = None
) -> FindingRemoval:
    """Store the job that takes away what a locked project rules out about a subject.

    It takes the place of an earlier one. The findings of the example `first` go at once.
    """
    end_removals(project, subject)
    removal = FindingRemoval(project=project, subject=subject, created_by=actor)
    removal.total = _with_findings(project.pk).count()
    if first is not None:
        _take_from(_lock(GoldenExample.with_deleted.filter(pk=first)), removal)
    removal.save()
    return removal


def end_removals(project: Project, subject: Subject) -> None:
    """End the jobs about a subject of a locked project, whose settings are others by now."""
    unfinished = FindingRemoval.objects.filter(project=project, subject=subject, finished_at=None)
    for earlier in unfinished:
        if cancel_job(earlier):
            earlier.refresh_from_db()
            earlier.record()


def latest_removal(project: Project, subject: Subject) -> FindingRemoval | None:
    """Return the newest job about a subject; None without one."""
    found = FindingRemoval.objects.filter(project=project, subject=subject)
    return found.order_by("-pk").first()


def run_removal(removal_id: int) -> None:
    """Take findings away from the remaining examples of a job; safe to call twice."""
    removal = claim_job(FindingRemoval, removal_id)
    if removal is None:
        return
    try:
        while _take_from_chunk(removal):
            pass
    except ClaimLost:
        return
    _finish(removal)


@transaction.atomic
def _take_from_chunk(removal: FindingRemoval) -> bool:
    """Take findings away from the next examples; return False if none is left.

    Raises:
        ClaimLost: another worker holds the job, or newer settings have cancelled it.
    """
    row = lock_claimed(removal)
    row.project = removal.project
    examples = _lock(_with_findings(row.project_id).filter(pk__gt=row.cursor), limit=CHUNK)
    if not examples:
        return False
    _take_from(examples, row)
    row.done, row.cursor = row.done + len(examples), examples[-1]
    row.heartbeat_at, row.attempts = timezone.now(), 0
    row.save(update_fields=["done", "findings", "examples", "cursor", "heartbeat_at", "attempts"])
    return True


@transaction.atomic
def _finish(removal: FindingRemoval) -> None:
    # Who changes the settings locks the project first too, and then the job.
    Project.objects.select_for_update(no_key=True).get(pk=removal.project_id)
    if finish_job(removal):
        removal.refresh_from_db()
        removal.record()


def _with_findings(project_id: int) -> QuerySet[GoldenExample]:
    """Return the examples that may have such findings; what was deleted may be restored."""
    return GoldenExample.with_deleted.filter(project=project_id, open_findings__gt=0)


def _lock(examples: QuerySet[GoldenExample], *, limit: int | None = None) -> list[int]:
    """Lock examples in their order, as those who revise many lock them; return their ids."""
    locked = examples.select_for_update(no_key=True).order_by("pk")
    return list(locked.values_list("pk", flat=True)[:limit])


def _take_from(examples: Collection[int], removal: FindingRemoval) -> None:
    """Delete what is ruled out in the latest revisions of locked examples, and count it."""
    found = Finding.objects.filter(
        code__in=_CODES[Subject(removal.subject)],
        state=Finding.State.OPEN,
        revision__example__in=examples,
        revision__number=F("revision__example__latest_number"),
    )
    gone = [
        (finding.pk, finding.revision.example_id)
        for finding in found.select_related("revision")
        if is_ruled_out(finding, removal.project)
    ]
    if not gone:
        return
    Finding.objects.filter(pk__in=[pk for pk, _ in gone]).delete()
    changed = {example_id for _, example_id in gone}
    count_open_findings(GoldenExample.with_deleted.filter(pk__in=changed))
    removal.findings += len(gone)
    removal.examples += len(changed)
