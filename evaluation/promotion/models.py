"""Tables of promotions: changes of aliases with their evidence, the aliases, the events."""

from typing import ClassVar, Final, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from evaluation.promotion.service_history import PromotionKind
from evaluation.registry.models import ModelVersion
from evaluation.runs.models import EvaluationRun
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.people.models import Project, User

KIND_LABELS: Final[dict[str, str | Promise]] = {
    PromotionKind.PROMOTION.value: _("Promotion"),
    PromotionKind.ROLLBACK.value: _("Rollback"),
    PromotionKind.DECLARATION.value: _("Declaration"),
    PromotionKind.WITHDRAWAL.value: _("Withdrawal"),
}


class AliasName(models.TextChoices):
    """The names that clients may ask for."""

    PRODUCTION = "production", _("Production")
    CANARY = "canary", _("Canary")
    SHADOW = "shadow", _("Shadow")


class PromotionQuerySet(models.QuerySet["Promotion"]):
    """Queries for promotions."""

    def pending(self) -> Self:
        """Return the overrides that a second lead has neither signed nor declined."""
        return self.filter(effective_at=None, declined_at=None)

    def in_effect(self) -> Self:
        """Return the promotions that took effect, the latest first."""
        return self.filter(effective_at__isnull=False).order_by("-effective_at", "-pk")

    def of_alias(self, alias: str) -> Self:
        """Return the promotions of this alias."""
        return self.filter(alias=alias)


class Promotion(models.Model):
    """A change of an alias, requested or made: promotion, rollback, declaration, withdrawal.

    It is pending until a second lead signs, effective, or declined. An effective promotion never
    changes; the next one of the alias replaces it.
    """

    # The request and its evidence: never changed or deleted (docs/audit.md).
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
    kind = models.CharField(
        max_length=12, choices=KIND_LABELS, default=PromotionKind.PROMOTION.value
    )
    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="promotions"
    )
    previous = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    run = models.ForeignKey(
        EvaluationRun, null=True, blank=True, on_delete=models.PROTECT, related_name="promotions"
    )
    # {"format", "figures", "gates", "eligibility"} when it was requested, with messages as codes
    # (evaluation.promotion.eligibility).
    evidence = models.JSONField(default=dict)
    note = models.TextField()
    override_reason = models.TextField(blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(db_default=Now())
    signed_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    signed_note = models.TextField(blank=True, help_text="as the second lead typed it")
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
    """A name that clients ask for and the model version it points to now."""

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


_DESCRIPTIONS = {
    "ask_override": _("%(actor)s asked for an override of the gates"),
    "sign_override": _("%(actor)s signed as second lead"),
    "decline_override": _("%(actor)s declined the request"),
    "withdraw_override": _("%(actor)s withdrew the request"),
    PromotionKind.PROMOTION.value: _("%(actor)s put the model in service"),
    PromotionKind.ROLLBACK.value: _("%(actor)s rolled back to the model"),
    PromotionKind.DECLARATION.value: _("%(actor)s recorded that the model already serves"),
    PromotionKind.WITHDRAWAL.value: _("%(actor)s took the model out of service"),
}


class PromotionEvent(AuditEvent):
    """A step of a promotion: requested, signed, declined, withdrawn or effective."""

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False

    @property
    def description(self) -> str:
        """What the actor did, as a sentence with their name."""
        actor = str(self.actor) if self.actor else gettext("The system")
        return str(_DESCRIPTIONS[self.action] % {"actor": actor})
