"""Retention: delete rejected rows, drafts and provider data after the days of the project."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from datasets.curation.models import EditDraft
from datasets.erasure.actions.erasing import delete_rejects
from datasets.erasure.registry import retention_rules
from datasets.ingest.actions import delete_trial
from datasets.ingest.models import ImportBatch
from reviewapp.jobs.models import JobState
from reviewapp.people.models import Project, ProjectEvent

# A file that was looked at and neither imported nor discarded.
KEEP_TRIALS = timedelta(days=7)


def apply_retention() -> int:
    """Delete expired data of all projects by their settings; return the number of rows."""
    now = timezone.now()
    return sum(
        _apply(project_id, now) for project_id in Project.objects.values_list("pk", flat=True)
    )


@transaction.atomic
def _apply(project_id: int, now: datetime) -> int:
    """Delete expired data of one project, with one event that has the counts."""
    # The lock serialises concurrent tasks: the second finds nothing left to delete.
    project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
    counts = {
        **_delete_rejects(project, now),
        **_delete_drafts(project, now),
        **_delete_trials(project, now),
    }
    for rule in retention_rules():
        counts |= rule(project, now)
    deleted = sum(counts.values())
    if deleted:
        ProjectEvent.objects.create(project=project, action="apply_retention", detail=counts)
    return deleted


def _delete_rejects(project: Project, now: datetime) -> dict[str, int]:
    if project.keep_rejects_days is None:
        return {}
    before = now - timedelta(days=project.keep_rejects_days)
    batches = ImportBatch.objects.filter(
        project=project, erased_at=None, finished_at__lt=before
    ).exclude(rejected=0, relabelled=0)
    counts = {"rejects": 0, "differences": 0}
    for batch in batches:
        for name, number in delete_rejects(batch).items():
            counts[name] += number
    return counts


def _delete_trials(project: Project, now: datetime) -> dict[str, int]:
    trials = ImportBatch.objects.filter(
        project=project, is_trial=True, created_at__lt=now - KEEP_TRIALS
    ).exclude(state=JobState.RUNNING)
    for trial in trials:
        delete_trial(trial)
    return {"trials": len(trials)} if trials else {}


def _delete_drafts(project: Project, now: datetime) -> dict[str, int]:
    if project.keep_drafts_days is None:
        return {}
    before = now - timedelta(days=project.keep_drafts_days)
    drafts = EditDraft.objects.filter(example__project=project, updated_at__lt=before)
    deleted, _ = drafts.delete()
    return {"drafts": deleted}
