"""Celery task that measures the runs with new votes."""

from evaluation.results.actions import gates
from reviewapp.celery import app


@app.task(name="evaluation.measure_open_runs")  # type: ignore[untyped-decorator]
def measure_open_runs() -> None:
    """Measure the runs with new votes; two queries if there are none."""
    gates.measure_pending()
