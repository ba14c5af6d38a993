"""The stored outcome of each gate of a run."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from evaluation.gates import State
from evaluation.runs.models import EvaluationRun
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField


class GateCheck(models.Model):
    """The outcome of one gate of a run. A crossing stays: its time and example are stored.

    The reason is that of the moment when the gate came to its state; the present one is in the
    report. How far the walk along the served order is, `RunTally` keeps.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = ("run", "gate", "subject")

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="gate_checks")
    gate = models.CharField(max_length=40)
    subject = models.CharField(max_length=100, blank=True, help_text="the intent; empty: overall")
    state = models.CharField(max_length=12)
    reason = MessageField(null=False, blank=False)
    passed_at = models.DateTimeField(null=True, blank=True)
    passed_at_example = models.PositiveIntegerField(null=True, blank=True)
    checked_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("run", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["run", "gate", "subject"], name="gate_check_one_a_subject"
            ),
            known_choice("gate_check_state_known", "state", State),
        ]

    def __str__(self) -> str:
        return f"{self.gate} {self.subject}: {self.state}"
