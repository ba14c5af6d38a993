"""The gates follow the votes: the beat measures the runs that have changed, away from reviewers."""

from celery import shared_task

from evaluation.results.actions import gates


@shared_task(name="evaluation.measure_open_runs")  # type: ignore[untyped-decorator]
def measure_open_runs() -> None:
    """Bring gates and crossings of the runs with new votes up to date; one query if none has."""
    gates.measure_pending()
