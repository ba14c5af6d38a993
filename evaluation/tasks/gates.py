"""The gates follow the votes: the beat measures every open run, away from those who vote."""

from celery import shared_task

from evaluation.actions import gates


@shared_task(name="evaluation.measure_open_runs")  # type: ignore[untyped-decorator]
def measure_open_runs() -> None:
    """Bring gates and crossings of all runs in voting up to date; quick when nothing is new."""
    for run_id in gates.voting_runs():
        gates.measure_gates(run_id=run_id)
