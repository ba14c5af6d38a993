"""Notifications of users, how they want mail, and the jobs that send it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from reviewapp.core.db.constraints import known_choice
from reviewapp.core.fields import MessageField
from reviewapp.jobs.models import Job, JobState
from reviewapp.people.models import Project, User


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Queries for notifications."""

    def visible_to(self, user: User) -> Self:
        """Return the user's notifications of projects of which they are a member."""
        return self.filter(user=user, project__in=Project.objects.visible_to(user).order_by())

    def unread(self) -> Self:
        """Return those that were not read."""
        return self.filter(read_at=None)


class Notification(models.Model):
    """One event for one user: a code with parameters, never a sentence.

    Attributes:
        text: its code is that of the kind's sentence.
        actor: who caused it; None for the system.
        subject: what the user hears of at most once for each kind; empty for no limit.
        mailed_at: when a mail included it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    kind = models.CharField(max_length=40)
    text = MessageField(null=False, blank=False)
    subject = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_user"),
            models.Index(
                fields=["user", "project"], name="notification_unread", condition=Q(read_at=None)
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "project", "kind", "subject"],
                name="notification_once_a_subject",
                condition=~Q(subject=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user}"


class MailMode(models.TextChoices):
    """When a user gets mail about notifications."""

    OFF = "off", pgettext_lazy("mail about notifications", "Never")
    AT_ONCE = "at_once", pgettext_lazy("mail about notifications", "At once")
    DAILY = "daily", pgettext_lazy("mail about notifications", "Once a day")


class MailSetting(models.Model):
    """How a user wants mail; no row for never."""

    user = models.OneToOneField(
        User, on_delete=models.CASCADE, primary_key=True, related_name="mail_setting"
    )
    mode = models.CharField(max_length=8, choices=MailMode, default=MailMode.OFF)

    class Meta:
        constraints = [known_choice("mail_setting_mode_known", "mode", MailMode)]

    def __str__(self) -> str:
        return f"{self.user}: {self.mode}"


class MailJob(Job):
    """One mail to a user, with all that is unread and was in no mail when it is sent."""

    MAX_ATTEMPTS: ClassVar[int] = 8

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta(Job.Meta):
        abstract = False
        constraints = [
            *Job.Meta.constraints,
            models.UniqueConstraint(
                fields=["user"],
                name="mail_job_waits_once",
                condition=Q(state=JobState.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return f"Mail to {self.user}"

    @classmethod
    def lease_seconds(cls) -> float:
        """Return how long a worker may be silent: one mail takes less."""
        return 3 * settings.EMAIL_TIMEOUT
