"""Prompts of a run that are like what one of its models was trained on."""

from django.db import models
from django.db.models import Q

from datasets.conversations.split import Split
from datasets.curation.models import Revision
from datasets.versions.models import DatasetVersion
from datasets.versions.overlaps import OverlapKind
from evaluation.runs.models.runs import Comparison, EvaluationRun
from reviewapp.core.db.constraints import known_choice


class TrainedMatch(models.Model):
    """A prompt that is like an example in a training or validation file of a model of its run.

    Found when the run is set up, so that opening it compares nothing. It holds no text.

    Attributes:
        revision: what the file has of the example.
        question, answer: how alike these are, in percent; the answer is not known of every prompt.
    """

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="trained_matches")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    split = models.CharField(max_length=12, choices=[(name.value, name.value) for name in Split])
    kind = models.CharField(
        max_length=20, choices=[(kind.value, kind.value) for kind in OverlapKind]
    )
    question = models.PositiveSmallIntegerField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            known_choice("trained_match_kind_known", "kind", OverlapKind),
            known_choice("trained_match_split_known", "split", Split),
            models.UniqueConstraint(
                fields=["comparison", "version", "revision"], name="trained_match_once"
            ),
            models.CheckConstraint(
                name="trained_match_percents",
                condition=Q(question__lte=100) & (Q(answer=None) | Q(answer__lte=100)),
            ),
        ]

    def __str__(self) -> str:
        return f"Comparison {self.comparison_id} and revision {self.revision_id}"
