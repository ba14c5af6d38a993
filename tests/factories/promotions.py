"""Runs whose gates are decided, for tests of what follows from them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from evaluation.results.actions import gates, vote_import
from evaluation.results.vote_rows import VoteRow
from evaluation.runs.models import EvaluationRun
from evaluation.stats.verdicts import Contender, Verdict
from reviewapp.people.models import Project
from tests.factories.runs import make_voting_run

START = datetime(2026, 5, 4, 9, tzinfo=UTC)


def make_decided_run(
    project: Project | None = None,
    *,
    examples: int = 80,
    losses: int = 8,
    raters: Sequence[str] = ("ada", "ben"),
) -> EvaluationRun:
    """A run whose candidate won all but `losses` examples; with two raters every gate passed.

    Its votes are imported: each example has two, the raters agree, and sides are balanced.
    """
    run = make_voting_run(project, examples=examples, votes_per_example=None)
    rows: list[VoteRow] = []
    ids = run.comparisons.order_by("external_id").values_list("external_id", flat=True)
    for number, external_id in enumerate(ids):
        is_loss = losses and number % (examples // losses) == 0
        verdict = Verdict.BASELINE if is_loss else Verdict.CANDIDATE
        for rater in raters:
            left = Contender.CANDIDATE if (number + (rater == "ben")) % 2 else Contender.BASELINE
            rows.append(
                VoteRow(
                    line=len(rows) + 1,
                    external_id=external_id,
                    rater=rater,
                    verdict=verdict,
                    left=left,
                    rationale="",
                    at=START + timedelta(minutes=len(rows)),
                )
            )
    vote_import.import_votes(run_id=run.pk, rows=rows)
    gates.measure_gates(run_id=run.pk)
    return EvaluationRun.objects.get(pk=run.pk)
