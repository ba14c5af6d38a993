"""Runs whose answers come from the scripted service in batches, and a worker that takes steps."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from evaluation.batches.actions.starting import start_with_batches
from evaluation.batches.models import AnswerBatch
from evaluation.batches.tasks import BATCHES
from evaluation.runs.models import EvaluationRun
from reviewapp.jobs.models import JobState
from tests.factories.people import make_project
from tests.factories.runs import make_model_version, make_run


def start_batches(url: str, *, fallback: str = "direct", **chosen: Any) -> EvaluationRun:
    """Return a run whose candidate is asked in a batch and whose baseline is asked directly."""
    project = make_project()
    candidate = make_model_version(
        project, base_url=url, provider="openai", model_id="gpt-4.1-mini"
    )
    run = make_run(project, candidate=candidate, **chosen)
    return start_with_batches(run_id=run.pk, actor=None, fallback=fallback)


def work_batches(run: EvaluationRun, *, rounds: int = 40) -> AnswerBatch:
    """Let a worker carry out every step as if each wait was over; return the last batch."""
    for _ in range(rounds):
        open_ones = due_batches(run)
        if not open_ones:
            break
        for batch_id in open_ones:
            BATCHES.run(batch_id)
    return AnswerBatch.objects.filter(run=run).latest("pk")


def due_batches(run: EvaluationRun) -> list[int]:
    """Make the open batches of a run due, and requests without an answer ones of long ago."""
    rows = AnswerBatch.objects.filter(run=run)
    rows.filter(state=JobState.WAITING).update(run_after=None)
    rows.filter(create_tried_at__isnull=False).update(
        create_tried_at=timezone.now() - timedelta(hours=1)
    )
    return list(rows.exclude(state=JobState.DONE).values_list("pk", flat=True))
