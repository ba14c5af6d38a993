"""Prompts of a run that are like what one of its models was trained on."""

from django.db import models
from django.db.models import Q

from datasets.conversations.split import Split
from datasets.curation.models import Revision
from datasets.versions.models import DatasetVersion
from datasets.versions.overlaps import OverlapKind
from evaluation.runs.models.answers import Answer
from evaluation.runs.models.runs import Comparison, EvaluationRun
from reviewapp.core.db.constraints import known_choice


class TrainedMatch(models.Model):
    """A prompt that is like what a model of its run was trained on.

    That is an example in a training or validation file, or a prompt of an earlier run whose
    preferred answer it learned (DPO). Found when the run is set up, so that opening it compares
    nothing. It holds no text.

    Attributes:
        version, revision, split: the file, and what it has of the example.
        preferred: the answer that was preferred in the earlier run.
        question, answer: how alike these are, in percent; the answer is not known of every prompt.
    """

    run = models.ForeignKey(EvaluationRun, on_delete=models.PROTECT, related_name="trained_matches")
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(
        DatasetVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.ForeignKey(
        Revision, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    split = models.CharField(
        max_length=12, blank=True, choices=[(name.value, name.value) for name in Split]
    )
    preferred = models.ForeignKey(
        Answer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(
        max_length=20, choices=[(kind.value, kind.value) for kind in OverlapKind]
    )
    question = models.PositiveSmallIntegerField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            known_choice("trained_match_kind_known", "kind", OverlapKind),
            models.UniqueConstraint(
                fields=["comparison", "version", "revision"], name="trained_match_once"
            ),
            models.UniqueConstraint(
                fields=["comparison", "preferred"], name="trained_match_once_of_preferred"
            ),
            models.CheckConstraint(
                name="trained_match_of_file_or_preferred",
                condition=Q(
                    split__in=[name.value for name in Split],
                    version__isnull=False,
                    revision__isnull=False,
                    preferred=None,
                )
                | Q(split="", version=None, revision=None, preferred__isnull=False),
            ),
            models.CheckConstraint(
                name="trained_match_percents",
                condition=Q(question__lte=100) & (Q(answer=None) | Q(answer__lte=100)),
            ),
        ]

    def __str__(self) -> str:
        return f"Comparison {self.comparison_id} and revision {self.revision_id}"
