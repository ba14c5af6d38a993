"""The time zone and the time windows of a project's trainings."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from evaluation.training.windows.hours import Hours
from reviewapp.people.models import Project

WEEKDAYS = tuple(range(7))
DEFAULT_ZONE = "UTC"


class TrainingCalendar(models.Model):
    """The time zone of a project's windows and schedules; without a row it is UTC."""

    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, related_name="training_calendar"
    )
    # A name of the IANA database, such as "Europe/Berlin".
    time_zone = models.CharField(max_length=64, default=DEFAULT_ZONE)

    def __str__(self) -> str:
        return self.time_zone


class TrainingWindow(models.Model):
    """A time window of the week; an end that is not after the start is on the following day."""

    # The unique columns serve as its index.
    project = models.ForeignKey(
        Project, on_delete=models.PROTECT, related_name="training_windows", db_index=False
    )
    # On which it opens, 0 is Monday.
    days = ArrayField(models.PositiveSmallIntegerField())
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        ordering = ("project", "days", "starts", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=["project", "days", "starts", "ends"], name="training_window_once"
            ),
            models.CheckConstraint(
                name="training_window_days_known",
                condition=Q(days__len__gte=1, days__contained_by=list(WEEKDAYS)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts:%H:%M}-{self.ends:%H:%M}"

    @property
    def hours(self) -> Hours:
        """The window as a value."""
        return Hours(tuple(self.days), self.starts, self.ends)
