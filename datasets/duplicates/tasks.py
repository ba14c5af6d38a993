"""The task that signs examples which were stored before signatures were."""

from datasets.duplicates.actions import sign_missing
from reviewapp.celery import app


@app.task(name="datasets.sign_examples")  # type: ignore[untyped-decorator]
def sign_examples() -> int:
    """Sign examples without a current signature. Safe to run repeatedly and concurrently."""
    return sign_missing()
