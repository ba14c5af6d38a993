"""Text blocks: what annotators insert into answers instead of typing it again."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from reviewapp.people.models import Project


class TextBlock(models.Model):
    """A text of a project that is inserted at the cursor of the editor.

    Attributes:
        text: with placeholders in braces, such as {name}, that the annotator fills in.
        language: the base code of the examples it is for, such as "de"; empty for all.
        intents: names of the intents it is for; none for all.
        saved: how often it was saved, so that a form that is older is noticed.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="text_blocks")
    name = models.CharField(max_length=60)
    text = models.TextField()
    language = models.CharField(max_length=12, blank=True)
    intents = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    saved = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("project", "name")
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="text_block_name_unique"),
            models.CheckConstraint(
                name="text_block_has_name_and_text", condition=~Q(name="") & ~Q(text="")
            ),
        ]

    def __str__(self) -> str:
        return self.name
