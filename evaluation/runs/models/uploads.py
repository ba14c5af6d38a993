"""Uploaded files of answers that exist already, and the job that makes a run of them."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from django.core.files.storage import default_storage
from django.db import models, transaction
from django.db.models.functions import Now

from evaluation.gates.settings import Preset
from evaluation.runs.models.runs import EvaluationRun
from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, User


class AnswerUpload(Job):
    """Files with the answers of two models: checked when they arrive, imported once confirmed.

    The files are deleted when the job is over or the upload is discarded.
    """

    MAX_ATTEMPTS: ClassVar[int] = 3

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="answer_uploads")
    # By what they hold ("both", or "prompts", "baseline" and "candidate"): path and given name.
    files = models.JSONField()
    run_name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    baseline = models.CharField(max_length=100)
    candidate = models.CharField(max_length=100)
    votes_per_example = models.PositiveSmallIntegerField(default=1)
    overlap_percent = models.PositiveSmallIntegerField(default=20)
    # Empty for uploads before it could be chosen: as many as the reviewers allow.
    overlap_votes = models.PositiveSmallIntegerField(null=True, blank=True)
    preset = models.CharField(max_length=20, default=Preset.STANDARD.value)
    # What becomes of reasoning and template marks; empty until a lead decides.
    marks = models.CharField(max_length=10, blank=True)
    # What the check found: counts, intents, and the first rejected rows.
    findings = models.JSONField(default=dict)
    rows_done = models.PositiveIntegerField(default=0)
    run = models.ForeignKey(EvaluationRun, null=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    # A worker takes only uploads that a lead has confirmed.
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta(Job.Meta):
        abstract = False
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.run_name

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent; it reports each second."""
        return 60

    @property
    def rows_total(self) -> int:
        """How many rows become examples."""
        return int(self.findings.get("accepted", 0))

    @property
    def file_names(self) -> list[str]:
        """The names under which the files were uploaded."""
        return [file["name"] for file in self.files.values()]

    def delete_files(self) -> None:
        """Delete the files when the transaction is committed."""
        for file in self.files.values():
            transaction.on_commit(partial(default_storage.delete, file["path"]))

    def on_lost(self) -> Mapping[str, Any]:
        """Delete the files of an upload that is given up; no further columns are written."""
        if not self.can_resume:
            self.delete_files()
        return {}
