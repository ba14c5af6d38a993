"""Test splits that no longer judge models, so that models may be trained on their prompts."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from datasets.versions.models import DatasetVersion
from reviewapp.people.models import User


class RetiredTestSplit(models.Model):
    """The test split of a version that a lead has retired from judging, for good."""

    append_only: ClassVar[bool] = True

    version = models.OneToOneField(
        DatasetVersion, on_delete=models.PROTECT, related_name="retired_test_split"
    )
    reason = models.TextField()
    retired_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    retired_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"Test split of version {self.version_id}"
