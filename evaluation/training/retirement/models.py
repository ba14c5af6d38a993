"""Days on which providers shut down base models, as typed or as a provider reported them."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from reviewapp.core.db.constraints import known_choice
from reviewapp.people.models import Project, User


class Source(models.TextChoices):
    """Where a day comes from."""

    LISTED = "listed", _("published list")
    PROVIDER = "provider", _("the provider's list of models")
    TYPED = "typed", _("entered by a lead")


class BaseModelShutdown(models.Model):
    """The day on which a base model is shut down. The row added last counts; null is no day."""

    append_only: ClassVar[bool] = True

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    base_model = models.CharField(max_length=200)
    day = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=8, choices=Source)
    set_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "base_model", "-pk")
        constraints = [known_choice("base_model_shutdown_source_known", "source", Source)]

    def __str__(self) -> str:
        return f"{self.base_model}: {self.day}"
