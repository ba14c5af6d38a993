"""Tables of sums along the served order of a run, all derived from the votes."""

from django.db import models
from django.db.models import Q

from evaluation.runs.models import EvaluationRun, RunIntent


class RunTally(models.Model):
    """The counted examples of a run's main queue (no intent) or of one of its intents.

    Counted examples never change while votes come in, so each is read once and added here;
    `evaluation.results.actions.gates` keeps the rows, and can make them again from the votes.
    """

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="tallies")
    intent = models.OneToOneField(
        RunIntent, null=True, blank=True, on_delete=models.PROTECT, related_name="tally"
    )
    # Every comparison up to this position of the served order is counted or passed over.
    through = models.PositiveIntegerField(default=0)
    # evaluation.stats.sequence.Scan as JSON: the first crossing, the highest evidence.
    scan = models.JSONField()
    # When the example closed at which the scan crossed its threshold.
    crossed_at = models.DateTimeField(null=True, blank=True)
    # evaluation.results.reports.sums as JSON.
    sums = models.JSONField(default=dict)

    class Meta:
        ordering = ("run", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["run"],
                name="run_tally_one_main_queue",
                condition=Q(intent__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"Tally of {self.run_id}, {self.intent_id or 'main queue'}"


class RunAnswerMetrics(models.Model):
    """Latency and cost of the answers of a run, calculated once all of them exist."""

    run = models.OneToOneField(EvaluationRun, on_delete=models.PROTECT, related_name="measures")
    # evaluation.results.reports.answers.AnswerMetrics as JSON.
    figures = models.JSONField()

    class Meta:
        verbose_name_plural = "run measures"

    def __str__(self) -> str:
        return f"Answer metrics of {self.run_id}"


class PendingMeasurement(models.Model):
    """A change of votes, skips or examples that the figures of a run do not contain yet.

    Triggers insert the rows, whatever wrote the change; a measurement deletes those it has read.
    """

    run = models.ForeignKey(
        EvaluationRun, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    def __str__(self) -> str:
        return f"Change of {self.run_id}"
