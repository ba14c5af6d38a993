"""Intents, by which examples are grouped, and policies, which they refer to."""

from django.db import models
from django.db.models.functions import Now

from reviewapp.people.models import Project


class Intent(models.Model):
    """What a customer wants, named as in the imported files, such as "returns"."""

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
    """A rule that answers must follow; examples refer to it by slug, such as "refund-window"."""

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
