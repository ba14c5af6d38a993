"""Schedules of trainings, and what came of each of their dates."""

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from datasets.versions.models import DatasetVersion
from evaluation.training.models import TrainingRun
from evaluation.training.schedules.recurrence import NUMBERS, Every, Rule
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField
from reviewapp.core.messages import message
from reviewapp.jobs.models import Job
from reviewapp.people.models import Project, User

MAX_NAME, MAX_CHANGELOG = 80, 1000


class ScheduleState(models.TextChoices):
    """Whether a schedule has a next date."""

    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    DELETED = "deleted", _("Deleted")


class TrainingSchedule(models.Model):
    """A recurring date on which a version is frozen for a training with the terms of another.

    Attributes:
        every, weekday, number, at: see `Rule`; in the time zone of the project.
        min_changed: with fewer examples that no training was given yet, nothing is frozen.
        like: the training whose provider, base model and settings are used.
        continues_last: whether the last tuned model is trained further instead of its base model.
        replay_percent: of a mini-batch, the share of the unchanged examples; null for a version of
            everything that is approved.
        changelog: what the versions say about what changed.
        starts_itself: whether a training within `limit_usd` starts without a click.
        owner: the lead who set it last; it freezes and starts with their permissions.
        next_at: null unless it is active.
    """

    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="training_schedules"
    )
    name = models.CharField(max_length=MAX_NAME)
    every = models.CharField(max_length=5, choices=[(every.value, every.value) for every in Every])
    weekday = models.PositiveSmallIntegerField()
    number = models.SmallIntegerField(default=1)
    at = models.TimeField()
    min_changed = models.PositiveIntegerField()
    like = models.ForeignKey(TrainingRun, on_delete=models.PROTECT, related_name="+")
    continues_last = models.BooleanField(default=False)
    replay_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    changelog = models.TextField()
    starts_itself = models.BooleanField(default=False)
    limit_usd = models.PositiveIntegerField(null=True, blank=True)
    in_window = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=ScheduleState, default=ScheduleState.ACTIVE)
    next_at = models.DateTimeField(null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "name", "pk")
        constraints = [
            known_choice("training_schedule_every_known", "every", Every),
            known_choice("training_schedule_state_known", "state", ScheduleState),
            models.CheckConstraint(
                name="training_schedule_date_known",
                condition=Q(weekday__lt=7, number__in=list(NUMBERS)),
            ),
            models.CheckConstraint(
                name="training_schedule_needs_changes",
                condition=Q(min_changed__gte=1) & ~Q(changelog=""),
            ),
            models.CheckConstraint(
                name="training_schedule_replay_continues",
                condition=Q(replay_percent__isnull=True)
                | Q(replay_percent__lte=100, continues_last=True),
            ),
            models.CheckConstraint(
                name="training_schedule_starts_within_limit",
                condition=Q(starts_itself=False) | Q(limit_usd__isnull=False),
            ),
            models.CheckConstraint(
                name="training_schedule_active_has_date",
                condition=Q(state="active", next_at__isnull=False)
                | (~Q(state="active") & Q(next_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> Rule:
        """The recurring date as a value."""
        return Rule(Every(self.every), self.weekday, self.at, self.number)


class Outcome(models.TextChoices):
    """What came of a date of a schedule."""

    OPEN = "", _("under way")
    SKIPPED = "skipped", pgettext_lazy("scheduled training", "skipped")
    PREPARED = "prepared", _("waits for a lead")
    STARTED = "started", pgettext_lazy("scheduled training", "started")
    DISMISSED = "dismissed", pgettext_lazy("scheduled training", "dismissed")
    FAILED = "failed", pgettext_lazy("scheduled training", "failed")


class ScheduledTraining(Job):
    """One date of a schedule, and what came of it. The row is the job that does it.

    Attributes:
        due_at: of several dates that were missed, the latest; one row for each.
        changed: examples that no training had been given yet.
        usd: the forecast; null without a price.
        reason: why nothing was frozen, or why it waits for a lead.
    """

    fixed_columns: ClassVar[tuple[str, ...]] = ("schedule", "due_at")

    # The unique pair serves as its index.
    schedule = models.ForeignKey(
        TrainingSchedule, on_delete=models.PROTECT, related_name="dates", db_index=False
    )
    due_at = models.DateTimeField()
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.OPEN, blank=True)
    reason = MessageField()
    changed = models.PositiveIntegerField(null=True, blank=True)
    version = models.ForeignKey(
        DatasetVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    usd = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    training = models.OneToOneField(
        TrainingRun, null=True, blank=True, on_delete=models.PROTECT, related_name="scheduled"
    )

    class Meta(Job.Meta):
        abstract = False
        ordering = ("schedule", "-due_at")
        constraints = [
            *Job.Meta.constraints,
            known_choice("scheduled_training_outcome_known", "outcome", Outcome),
            models.UniqueConstraint(
                fields=["schedule", "due_at"], name="scheduled_training_once_a_date"
            ),
            models.CheckConstraint(
                name="scheduled_training_outcome_complete",
                condition=(~Q(outcome="prepared") | Q(version__isnull=False))
                & (
                    Q(outcome="started", training__isnull=False)
                    | (~Q(outcome="started") & Q(training__isnull=True))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} on {self.due_at:%Y-%m-%d}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return the seconds until another worker takes over; a live one locks the row."""
        return settings.TRAINING_LEASE_SECONDS

    def on_lost(self) -> Mapping[str, object]:
        """Return the outcome of a date that killed every worker."""
        if self.can_resume:
            return {}
        reason = message("jobs.lost", attempts=self.attempts)
        return {"outcome": Outcome.FAILED, "reason": reason}


class ScheduleEvent(AuditEvent):
    """A change of a schedule, or what came of one of its dates."""

    schedule = models.ForeignKey(TrainingSchedule, on_delete=models.PROTECT, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False
