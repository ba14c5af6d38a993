"""Saved views of the queue, and the columns that a member has chosen."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviewapp.people.models import Project, User

MAX_NAME_LENGTH = 60


class SavedView(models.Model):
    """A list of examples under a name: its filter, order and columns.

    Attributes:
        owner: whose it is; None for the project's, which every member sees.
        query: of the queue's URL.
        is_default: whether the queue opens with it; a member's own one comes before the project's.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="saved_views")
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    query = models.CharField(max_length=3000, blank=True)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "owner", "name"],
                name="saved_view_name_unique",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["project", "owner"],
                name="saved_view_default_once",
                condition=Q(is_default=True),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="saved_view_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class ChosenColumns(models.Model):
    """The columns of the queue that a member has chosen in a project, as codes."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    codes = ArrayField(models.CharField(max_length=30), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="chosen_columns_once"),
        ]

    def __str__(self) -> str:
        return ", ".join(self.codes)
