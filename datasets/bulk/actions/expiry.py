"""Delete previews that nobody confirmed."""

from datetime import timedelta

from django.utils import timezone

from datasets.bulk.models import BulkAction, Stage
from reviewapp.jobs.models import JobState

PREVIEW_LIFETIME = timedelta(days=1)


def delete_old_previews() -> int:
    """Delete unconfirmed bulk actions that are older than a day; return their number."""
    old = BulkAction.objects.filter(created_at__lt=timezone.now() - PREVIEW_LIFETIME)
    unconfirmed = old.exclude(stage=Stage.CHANGING).exclude(state=JobState.RUNNING)
    _, by_model = unconfirmed.delete()
    return by_model.get("datasets.BulkAction", 0)
