"""The courier of the hourly tidying."""

from celery import shared_task

from datasets.curation.actions import tidying


@shared_task(name="datasets.delete_expired")  # type: ignore[untyped-decorator]
def delete_expired() -> dict[str, int]:
    """Delete what nobody can use any more. Safe to run at any time, twice, and side by side."""
    return tidying.delete_expired()
