"""Frozen sets of preferences: which answer to a prompt reviewers preferred to which other."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from evaluation.runs.models import Answer, Comparison
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.people.models import Project, User


class Rule(models.TextChoices):
    """When the votes on an example decide which answer is preferred. Ties are votes too."""

    UNANIMOUS = "unanimous", _("Unanimous: all votes are for it")
    MAJORITY = "majority", _("Majority: more than half of the votes are for it")
    PLURALITY = "plurality", _("More votes are for it than for the other")


class PreferenceSet(models.Model):
    """A frozen set of pairs. The same pairs have the same digest; texts stay with the answers.

    Attributes:
        digest: SHA-256 of the file in the provider's format, as it was when the set was frozen.
        tokens: of prompt and answer, of both answers of every pair, by the project's tokenizer.
        left_out: why comparisons of the runs are not in it, as counts by code (texts.py).
        sources: the runs: id, name, digest of their prompts, and how many pairs each gave.
    """

    append_only: ClassVar[bool] = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="preference_sets")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=12, choices=Rule)
    min_votes = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    pair_count = models.PositiveIntegerField()
    tokens = models.PositiveBigIntegerField()
    left_out = models.JSONField(default=dict)
    sources = models.JSONField(default=list)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "-number")
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="preference_set_number"),
            models.UniqueConstraint(fields=["project", "digest"], name="preference_set_once"),
            known_choice("preference_rule_known", "rule", Rule),
            models.CheckConstraint(
                name="preference_set_not_empty", condition=Q(pair_count__gt=0, min_votes__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"Preferences {self.number}"


class PreferencePair(models.Model):
    """A prompt with the preferred and the other answer, and the votes that decide it.

    A trigger rejects a comparison whose run is open, or whose prompt is in a test split that still
    judges.
    """

    append_only: ClassVar[bool] = True

    # The unique pair serves as its index.
    preference_set = models.ForeignKey(
        PreferenceSet, on_delete=models.PROTECT, related_name="pairs", db_index=False
    )
    position = models.PositiveIntegerField()
    comparison = models.ForeignKey(Comparison, on_delete=models.PROTECT, related_name="preferences")
    preferred = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    other = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    votes_for = models.PositiveSmallIntegerField()
    votes_against = models.PositiveSmallIntegerField()
    votes_tied = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("preference_set", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["preference_set", "position"], name="preference_pair_position"
            ),
            models.UniqueConstraint(
                fields=["preference_set", "comparison"], name="preference_pair_once"
            ),
            models.CheckConstraint(
                name="preference_pair_is_decisive",
                condition=Q(votes_for__gt=models.F("votes_against")),
            ),
        ]

    def __str__(self) -> str:
        return f"Pair {self.position} of {self.preference_set_id}"


class PreferenceEvent(AuditEvent):
    """A set of preferences that was frozen, or exported."""

    preference_set = models.ForeignKey(
        PreferenceSet, on_delete=models.PROTECT, related_name="events"
    )

    class Meta(AuditEvent.Meta):
        abstract = False
