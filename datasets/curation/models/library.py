"""What examples are sorted by and measured against: intents and policies."""

from django.db import models
from django.db.models.functions import Now

from reviewapp.people.models import Project


class Intent(models.Model):
    """What a customer wants, named as in the imported files ("returns")."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="intents")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="intent_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """A rule of the house that examples show ("refund-window")."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="policies")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True, help_text="Markdown")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("title", "pk")
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="policy_slug_unique"),
        ]

    def __str__(self) -> str:
        return self.title
