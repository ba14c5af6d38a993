"""Limits of a project for models in service, and reports of what service measured."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from evaluation.registry.models import ModelVersion
from reviewapp.people.models import Project, User


class ServiceLimits(models.Model):
    """What the answers of a model have to keep; null, or no row, is no limit."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="service_limits")
    max_p95_ms = models.PositiveIntegerField(null=True, blank=True)
    # Mean of an answer.
    max_usd = models.DecimalField(max_digits=10, decimal_places=6, null=True, blank=True)
    # Shares, 0 to 1.
    max_refusal_share = models.FloatField(null=True, blank=True)
    min_csat_share = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="service_limits_in_range",
                condition=(Q(max_usd=None) | Q(max_usd__gte=0))
                & (Q(max_refusal_share=None) | Q(max_refusal_share__range=(0, 1)))
                & (Q(min_csat_share=None) | Q(min_csat_share__range=(0, 1))),
            ),
        ]

    def __str__(self) -> str:
        return f"Service limits of {self.project_id}"


class ServiceReport(models.Model):
    """What service measured of a model in a period; null was not measured.

    A correction is a further report of the same period: the one added last counts.
    """

    append_only: ClassVar[bool] = True

    model_version = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, related_name="service_reports", db_index=False
    )
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    answers = models.PositiveIntegerField()
    p95_ms = models.PositiveIntegerField(null=True, blank=True)
    # Of all answers of the period.
    usd = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    refusals = models.PositiveIntegerField(null=True, blank=True)
    ratings = models.PositiveIntegerField(null=True, blank=True)
    satisfied = models.PositiveIntegerField(null=True, blank=True)
    reported_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reported_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("model_version", "-ends", "-pk")
        indexes = [
            models.Index(fields=["model_version", "-ends", "-id"], name="service_report_latest")
        ]
        constraints = [
            models.CheckConstraint(
                name="service_report_of_a_period", condition=Q(ends__gt=F("starts"))
            ),
            models.CheckConstraint(
                name="service_report_counts_agree",
                condition=Q(answers__gt=0)
                & (Q(refusals=None) | Q(refusals__lte=F("answers")))
                & (Q(ratings=None, satisfied=None) | Q(ratings__gt=0, satisfied__lte=F("ratings"))),
            ),
        ]

    def __str__(self) -> str:
        return f"Service report {self.pk} of {self.model_version_id}"
