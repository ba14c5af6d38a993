"""Threads of comments on examples, mentions of members, read marks, suggested edits."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from datasets.curation.models import GoldenExample, Revision
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.fields import MessageField
from reviewapp.people.models import Project, User


class ThreadSource(models.TextChoices):
    """What a thread was opened by."""

    MEMBER = "member", pgettext_lazy("source of a thread", "Comment")
    BROKEN = "broken", pgettext_lazy("source of a thread", "Reported as broken")
    DISAGREEMENT = "disagreement", pgettext_lazy("source of a thread", "Reviewers disagree")


class Thread(models.Model):
    """A thread of comments about an example, one of its messages, or a passage of one.

    Attributes:
        revision: the one in which the passage was marked; its place in later revisions is
            calculated from the texts (`anchors.py`), so that the passage is not stored again.
        message_index: the position of the message from 0; None for the whole example.
        start, end: character offsets of the passage; None for the whole message.
        created_by: None for the system.
    """

    Source = ThreadSource

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    example = models.ForeignKey(GoldenExample, on_delete=models.CASCADE, related_name="threads")
    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="+")
    message_index = models.PositiveSmallIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    source = models.CharField(max_length=12, choices=ThreadSource, default=ThreadSource.MEMBER)
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    resolved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["project", "example"], name="thread_open", condition=Q(resolved_at=None)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="thread_source_known", condition=Q(source__in=ThreadSource.values)
            ),
            models.CheckConstraint(
                name="thread_passage_complete",
                condition=Q(start=None, end=None)
                | Q(message_index__isnull=False, start__lt=models.F("end")),
            ),
        ]

    def __str__(self) -> str:
        return f"Thread {self.pk} on example {self.example_id}"


class Comment(models.Model):
    """One comment of a thread: plain text, in which `@[12]` mentions the user with that id.

    Attributes:
        author: None for the system, whose text is a message.
        body: empty if it was deleted; earlier texts are in `CommentVersion`.
    """

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    body = models.TextField(blank=True)
    text = MessageField()
    created_at = models.DateTimeField(db_default=Now())
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="comment_has_text_or_was_deleted",
                condition=~Q(body="") | Q(text__isnull=False) | Q(deleted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Comment {self.pk} of thread {self.thread_id}"


class CommentVersion(models.Model):
    """An earlier text of a comment. The runtime role cannot update or delete it."""

    append_only: ClassVar[bool] = True

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="versions")
    body = models.TextField()
    until = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"Earlier text of comment {self.comment_id}"


class MentionQuerySet(models.QuerySet["Mention"]):
    """Queries for mentions."""

    def of(self, user: int, project: int) -> Self:
        """Return the mentions of a user in a project, by their ids, the newest first."""
        found = self.filter(user=user, comment__thread__project=project)
        return found.filter(
            comment__deleted_at=None, comment__thread__example__deleted_at=None
        ).order_by("-pk")


class Mention(models.Model):
    """A member who is mentioned in a comment, and when they saw it."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = MentionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "comment"], name="mention_once_for_each_comment"
            ),
        ]

    def __str__(self) -> str:
        return f"Mention of {self.user} in comment {self.comment_id}"


class ThreadRead(models.Model):
    """How far a member has read a thread: up to the comment with the id `last_comment`."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="read_marks")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    last_comment = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["thread", "user"], name="thread_read_once_for_each"),
        ]

    def __str__(self) -> str:
        return f"Read by {self.user} up to {self.last_comment}"


class SuggestionState(models.TextChoices):
    """What became of a suggested edit."""

    OPEN = "open", pgettext_lazy("state of a suggestion", "Open")
    ACCEPTED = "accepted", pgettext_lazy("state of a suggestion", "Accepted")
    DECLINED = "declined", pgettext_lazy("state of a suggestion", "Declined")


class Suggestion(models.Model):
    """Another text that a comment proposes for the passage or message of its thread.

    Attributes:
        replacement: the proposed text; empty removes the passage.
        revision: the revision that accepted it.
    """

    State = SuggestionState

    comment = models.OneToOneField(
        Comment, primary_key=True, on_delete=models.CASCADE, related_name="suggestion"
    )
    replacement = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=SuggestionState, default=SuggestionState.OPEN)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    revision = models.ForeignKey(Revision, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="suggestion_state_complete",
                condition=Q(
                    state=SuggestionState.OPEN, decided_by=None, decided_at=None, revision=None
                )
                | Q(
                    state=SuggestionState.ACCEPTED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    revision__isnull=False,
                )
                | Q(state=SuggestionState.DECLINED, decided_at__isnull=False, revision=None),
            ),
        ]

    def __str__(self) -> str:
        return f"Suggestion of comment {self.comment_id}"


class ThreadEvent(AuditEvent):
    """A change of one thread. `detail` has the id of the comment; texts are never copied here."""

    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="events")

    class Meta(AuditEvent.Meta):
        abstract = False
