"""Signatures of examples, their bands, and the pairs of examples that are alike."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from datasets.similarity.signatures import Kind
from reviewapp.people.models import Project, User


class ExampleSignature(models.Model):
    """The signature of the latest revision of an example (`signatures.py`).

    Triggers keep `SimilarityBand` equal to its `bands`, and delete it when its example is erased or
    deleted.
    """

    example = models.OneToOneField(
        "GoldenExample", primary_key=True, on_delete=models.CASCADE, related_name="signature"
    )
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    scheme = models.PositiveSmallIntegerField()
    question_digest = models.BigIntegerField()
    question_hashes = models.BinaryField()
    answer_digest = models.BigIntegerField()
    answer_hashes = models.BinaryField()
    # Mixed with the project's id, so that a look-up meets only rows of its project.
    bands = ArrayField(models.BigIntegerField())

    def __str__(self) -> str:
        return f"Signature of example {self.example_id}"


class SimilarityBand(models.Model):
    """One band of the signature of an example, where the others with the same value are found."""

    pk = models.CompositePrimaryKey("value", "example_id")
    value = models.BigIntegerField()
    example_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"Band {self.value} of example {self.example_id}"


class SimilarPair(models.Model):
    """Two examples with like questions; `first` has the smaller id.

    Without foreign key constraints: they would lock the other example, and two people who save two
    like examples would wait for each other. A trigger deletes pairs with their examples.

    Attributes:
        question, answer: how alike these are, in percent; 100 means equal normal forms. `answer`
            is None where one of the two has no answer.
        dismissed_by: who said that the two are no duplicates.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="similar_pairs")
    first = models.ForeignKey(
        "GoldenExample", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    second = models.ForeignKey(
        "GoldenExample", on_delete=models.CASCADE, related_name="+", db_constraint=False
    )
    question = models.PositiveSmallIntegerField()
    answer = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in Kind])
    found_at = models.DateTimeField(db_default=Now())
    dismissed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="similar_pair_once"),
            models.CheckConstraint(name="similar_pair_ordered", condition=Q(first__lt=F("second"))),
            models.CheckConstraint(name="similar_pair_kind_known", condition=Q(kind__in=[*Kind])),
            models.CheckConstraint(
                name="similar_pair_dismissal_whole",
                condition=Q(dismissed_at__isnull=True, dismissed_by__isnull=True)
                | Q(dismissed_at__isnull=False, dismissed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Examples {self.first_id} and {self.second_id}"
