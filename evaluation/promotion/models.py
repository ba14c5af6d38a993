"""Promotions and rollbacks, and the aliases that clients ask for."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.people.models import Project, User


class PromotionKind(models.TextChoices):
    """What moves an alias."""

    PROMOTION = "promotion", "Promotion"
    ROLLBACK = "rollback", "Rollback"
    # What a team had in service before it came here: a statement, only for an unused alias.
    DECLARATION = "declaration", "Declaration"
    # The end of what serves with nothing in its place; `model_version` is what served.
    WITHDRAWAL = "withdrawal", "Withdrawal"


class AliasName(models.TextChoices):
    """The names that clients may ask for."""

    PRODUCTION = "production", "Production"
    CANARY = "canary", "Canary"
    SHADOW = "shadow", "Shadow"


class PromotionQuerySet(models.QuerySet["Promotion"]):
    """Questions about promotions."""

    def pending(self) -> Self:
        """Those that wait for a second lead."""
        return self.filter(effective_at=None, declined_at=None)

    def in_effect(self) -> Self:
        """Those that took effect, the latest first."""
        return self.filter(effective_at__isnull=False).order_by("-effective_at", "-pk")

    def of_alias(self, alias: str) -> Self:
        """Those that moved, or would move, this alias."""
        return self.filter(alias=alias)


class Promotion(models.Model):
    """A decision to put a model version in service under an alias, or one that served before.

    Waiting for its second lead, in force, or declined; a decision in force is never changed,
    the next one replaces it.
    """

    Kind = PromotionKind

    # What was asked for and the evidence it rests on: never changed or deleted (docs/audit.md).
    fixed_columns: ClassVar[tuple[str, ...]] = (
        "project",
        "alias",
        "kind",
        "model_version",
        "run",
        "evidence",
        "note",
        "override_reason",
        "requested_by",
        "requested_at",
    )

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="promotions")
    alias = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PROMOTION)
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="promotions"
    )
    previous = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    run = models.ForeignKey(
        EvaluationRun, null=True, blank=True, on_delete=models.PROTECT, related_name="promotions"
    )
    # Figures and gates as they stood when it was decided: what the page shows for ever.
    evidence = models.JSONField(default=dict)
    note = models.TextField()
    override_reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now())
    signed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_note = models.TextField(blank=True, help_text="the second lead's own words")
    effective_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    declined_at = models.DateTimeField(null=True, blank=True)

    objects = PromotionQuerySet.as_manager()

    class Meta:
        ordering = ("project", "-requested_at", "-pk")
        constraints = [
            models.CheckConstraint(name="promotion_has_a_note", condition=~Q(note="")),
            models.CheckConstraint(
                name="promotion_override_needs_a_second_lead",
                condition=Q(effective_at__isnull=True)
                | Q(override_reason="")
                | (Q(signed_by__isnull=False) & ~Q(signed_by=F("requested_by"))),
            ),
            models.CheckConstraint(
                name="promotion_signature_has_time_and_note",
                condition=Q(signed_by__isnull=True, signed_at__isnull=True, signed_note="")
                | Q(signed_by__isnull=False, signed_at__isnull=False) & ~Q(signed_note=""),
            ),
            models.CheckConstraint(
                name="promotion_effective_or_declined",
                condition=Q(effective_at__isnull=True) | Q(declined_at__isnull=True),
            ),
            known_choice("promotion_kind_known", "kind", PromotionKind),
            models.UniqueConstraint(
                fields=["project", "alias"],
                name="promotion_one_waiting_for_an_alias",
                condition=Q(effective_at__isnull=True, declined_at__isnull=True),
            ),
            known_choice("promotion_alias_known", "alias", AliasName),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.model_version} as {self.alias}"


class Alias(models.Model):
    """A name that clients ask for and the model version it points at now."""

    Name = AliasName

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="aliases")
    name = models.CharField(max_length=20, choices=Name)
    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="+")
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="aliases"
    )
    since = models.DateTimeField()

    class Meta:
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="alias_points_at_one_model"),
            known_choice("alias_name_known", "name", AliasName),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.project}"


_DID = {
    "ask_override": "asked for an override of the gates",
    "sign_override": "signed as second lead",
    "decline_override": "declined the request",
    "withdraw_override": "withdrew the request",
    Promotion.Kind.PROMOTION: "put it in service",
    Promotion.Kind.ROLLBACK: "rolled back to it",
    Promotion.Kind.DECLARATION: "recorded that it already serves",
    Promotion.Kind.WITHDRAWAL: "took it out of service",
}


class PromotionEvent(AuditEvent):
    """A promotion asked for, signed, declined, put in force or rolled back."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False

    @property
    def description(self) -> str:
        """What the actor did, as a sentence goes on after their name."""
        return _DID.get(self.action, self.action.replace("_", " "))
