"""The hourly task that deletes expired data."""

from datasets.bulk.actions.expiry import delete_old_previews
from datasets.erasure.actions import apply_retention, expiry
from datasets.versions.actions.redacting import remove_unused_files
from reviewapp.celery import app


@app.task(name="datasets.delete_expired")  # type: ignore[untyped-decorator]
def delete_expired() -> dict[str, int]:
    """Delete expired data. Safe to run at any time, repeatedly and concurrently."""
    return {
        **expiry.delete_expired(),
        "bulk_previews": delete_old_previews(),
        "retention": apply_retention(),
        "unused_files": remove_unused_files(),
    }
