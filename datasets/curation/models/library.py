"""Intents, by which examples are grouped, policies, which they refer to, and system messages."""

from django.db import models
from django.db.models import Q
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


class SystemMessage(models.Model):
    """What one click puts before an example of a language that has no system message.

    Attributes:
        language: a base code such as "de"; empty for all languages without one of their own.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="system_messages")
    language = models.CharField(max_length=12, blank=True)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "language"], name="system_message_once_for_language"
            ),
            models.CheckConstraint(name="system_message_has_text", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text
