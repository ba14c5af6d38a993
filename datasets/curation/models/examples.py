"""Golden examples, their immutable revisions, findings, drafts and events."""

from collections.abc import Iterable
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from datasets.conversations.split import SPLITS
from datasets.conversations.texts import SPLIT_LABELS
from datasets.curation.filters import ExampleFilter, FindingsFilter, MineFilter
from datasets.curation.lifecycle import State
from datasets.curation.models.library import Intent
from datasets.curation.models.narrowing import (
    OPEN,
    assignment_condition,
    is_returned_to,
    language_condition,
    waits_for_review_by,
)
from datasets.curation.models.sorting import due_date, state_rank
from datasets.curation.models.text_match import match_text
from datasets.curation.texts import STATE_LABELS
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.fields import MessageField
from reviewapp.core.texts import render
from reviewapp.people.models import Project, User

STATE_CHOICES = [(state.value, STATE_LABELS[state]) for state in State]


class GoldenExampleQuerySet(models.QuerySet["GoldenExample"]):
    """Filters and counts of examples."""

    def reviewable_by(self, user: User) -> Self:
        """Return examples in review that this user did not write, oldest first.

        Examples by a user who made this user's account are left out too. Whether the user has the
        review permission is checked by `permissions`.
        """
        return self.filter(waits_for_review_by(user)).order_by("pk")

    def returned_to(self, user: User) -> Self:
        """Return examples with requested changes that this user wrote or that have no author."""
        return self.filter(is_returned_to(user)).order_by("pk")

    def matching(self, example_filter: ExampleFilter, *, user: User) -> Self:
        """Return the examples that match a filter; `mine` in it refers to `user`."""
        return self.filtered(example_filter).in_tab(example_filter, user=user)

    def in_tab(self, example_filter: ExampleFilter, *, user: User) -> Self:
        """Return the examples in the filter's state; with `mine` those that wait for the user."""
        found = self.filter(state=example_filter.state) if example_filter.state else self
        if example_filter.mine == MineFilter.REVIEW:
            return found.reviewable_by(user)
        if example_filter.mine == MineFilter.FIX:
            return found.returned_to(user)
        if example_filter.mine == MineFilter.ASSIGNED:
            return found.filter(OPEN, assignment__assignee=user)
        return found

    def filtered(self, example_filter: ExampleFilter) -> Self:
        """Return the examples that match a filter, leaving out its state and `mine`."""
        return self.filtered_without_words(example_filter).filter(
            match_text(self, example_filter.words).condition
        )

    def filtered_without_words(self, example_filter: ExampleFilter) -> Self:
        """Return the same, leaving out the words of its search too."""
        found = self.filter(assignment_condition(example_filter))
        if example_filter.language:
            found = found.filter(language_condition(example_filter.language))
        if example_filter.source:
            found = found.filter(source=example_filter.source)
        if example_filter.intent:
            found = found.filter(intent_name=example_filter.intent)
        if example_filter.tag:
            found = found.filter(tags__contains=[example_filter.tag])
        if example_filter.policy:
            found = found.filter(policies__contains=[example_filter.policy])
        if example_filter.findings:
            found = found.filter(open_findings__gt=0)
        if example_filter.findings == FindingsFilter.BLOCKING:
            found = found.filter(blocking_findings__gt=0)
        return found

    def count_by_state(self) -> dict[State, int]:
        """Return the number of examples in each state, 0 included."""
        return counts_by_state(self.state_counts())

    def state_counts(self) -> models.QuerySet["GoldenExample", tuple[str, int]]:
        """Return each state that examples have with their `number`, for `counts_by_state`."""
        return self.order_by().values_list("state").annotate(number=models.Count("pk"))


def counts_by_state(state_counts: Iterable[tuple[str, int]]) -> dict[State, int]:
    """Return the number of examples in each state, 0 included."""
    counts = {State(state): number for state, number in state_counts}
    return {state: counts.get(state, 0) for state in State}


class _PresentExamples(models.Manager["GoldenExample"]):
    def get_queryset(self) -> models.QuerySet["GoldenExample"]:
        return super().get_queryset().filter(deleted_at=None)


# Indexes hold no deleted examples, so that counts need not read the rows.
PRESENT = Q(deleted_at=None)


def _index(name: str, *fields: str, include: tuple[str, ...] = ()) -> models.Index:
    return models.Index(fields=fields, name=name, condition=PRESENT, include=include or None)


class GoldenExample(models.Model):
    """A conversation with the answer that a model should give.

    Deleted examples are only in `with_deleted`, and behind foreign keys to an example.

    Its content is in its revisions. The columns from `intent` to `content_hash` repeat the latest
    revision, and `authors` those of all revisions, so that the queue filters and pages without a
    join; `actions/revision_storage.py` keeps them equal.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="examples")
    state = models.CharField(max_length=20, choices=STATE_CHOICES, default=State.DRAFT)
    latest_number = models.PositiveIntegerField(default=1)
    approved_revision = models.OneToOneField(
        "Revision", null=True, blank=True, on_delete=models.PROTECT, related_name="approved_for"
    )
    external_id = models.CharField(max_length=200, blank=True)
    source = models.CharField(max_length=120, blank=True)
    batch = models.ForeignKey(
        "ImportBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="examples"
    )
    # The split of the imported row; it overrides the drawn one when a version is frozen.
    imported_split = models.CharField(max_length=12, choices=SPLIT_LABELS, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    intent = models.ForeignKey(
        Intent, null=True, blank=True, on_delete=models.PROTECT, related_name="examples"
    )
    # Repeat its intent and its assignment for the orders of the queue; triggers keep them equal.
    intent_name = models.CharField(max_length=100, blank=True, db_default="", editable=False)
    due_on = models.DateField(null=True, blank=True, editable=False)
    # Triggers count the comments of its threads, and keep the id of who reviewed it last.
    comment_count = models.PositiveIntegerField(db_default=0, editable=False)
    reviewed_by = models.BigIntegerField(null=True, blank=True, editable=False)
    language = models.CharField(max_length=12, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    policies = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    # The beginning of the first customer message, which the queue shows.
    preview = models.CharField(max_length=200, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    message_count = models.PositiveSmallIntegerField(default=0)
    open_findings = models.PositiveSmallIntegerField(default=0)
    blocking_findings = models.PositiveSmallIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    # The ids of the authors and contributors of revisions. Permissions read the revisions instead.
    authors = ArrayField(models.BigIntegerField(), default=list, blank=True)

    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    # When its text was erased in all revisions (docs/erasure.md); it cannot change since.
    erased_at = models.DateTimeField(null=True, blank=True)
    # When it was deleted; only what was never approved is (a trigger of migration 0007).
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = _PresentExamples.from_queryset(GoldenExampleQuerySet)()
    with_deleted = GoldenExampleQuerySet.as_manager()

    class Meta:
        indexes = [
            _index("example_project_id", "project", "id"),
            # With the authors the tabs that leave them out are counted without reading rows.
            _index("example_state_authors", "project", "state", "id", include=("authors",)),
            _index("example_intent_name", "project", "intent_name", "id"),
            _index("example_language", "project", "language", "id"),
            _index("example_hash", "project", "content_hash"),
            models.Index(
                fields=["project", "id"],
                name="example_with_findings",
                condition=Q(open_findings__gt=0) & PRESENT,
            ),
            _index("example_external_id", "project", "external_id"),
            _index("example_source", "project", "source", "id"),
            _index("example_age", "project", "created_at", "id"),
            _index("example_updated", "project", "updated_at", "id"),
            models.Index(
                "project", state_rank(), "id", name="example_state_rank", condition=PRESENT
            ),
            models.Index("project", due_date(), "id", name="example_due", condition=PRESENT),
            _index("example_findings", "project", "blocking_findings", "open_findings", "id"),
            _index("example_messages", "project", "message_count", "id"),
            _index("example_tokens", "project", "tokens", "id"),
            _index("example_comments", "project", "comment_count", "id"),
            GinIndex(fields=["tags"], name="example_tags"),
            GinIndex(fields=["policies"], name="example_policies"),
            GinIndex(fields=["authors"], name="example_authors"),
        ]
        constraints = [
            models.CheckConstraint(
                name="golden_example_state_known", condition=Q(state__in=[*State])
            ),
            models.CheckConstraint(
                name="golden_example_approved_names_its_revision",
                condition=~Q(state=State.APPROVED) | Q(approved_revision__isnull=False),
            ),
            models.CheckConstraint(
                name="golden_example_imported_split_known",
                condition=Q(imported_split__in=["", *SPLITS]),
            ),
            models.CheckConstraint(
                name="golden_example_deleted_is_not_approved",
                condition=PRESENT | Q(approved_revision=None),
            ),
        ]

    def __str__(self) -> str:
        return self.preview or gettext("Example %(number)s") % {"number": self.pk}

    @property
    def latest_revision(self) -> "Revision":
        """The current revision."""
        return self.revisions.get(number=self.latest_number)


class Revision(models.Model):
    """One immutable wording of a golden example, numbered from 1.

    `messages` is a list of chat messages as in the file format: role, content, and for an
    assistant optionally weight, tool_calls, refusal. The runtime role cannot update or delete
    revisions.
    """

    append_only: ClassVar[bool] = True

    example = models.ForeignKey(GoldenExample, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    messages = models.JSONField()
    tools = models.JSONField(null=True, blank=True)
    parallel_tool_calls = models.BooleanField(null=True, blank=True)
    intent = models.ForeignKey(
        Intent, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    language = models.CharField(max_length=12, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    policies = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of messages and tools")
    tokens = models.PositiveIntegerField()
    message_tokens = ArrayField(models.PositiveIntegerField())
    note = models.CharField(max_length=300, blank=True)
    # What an action changed, where the author typed no note.
    generated_note = MessageField()
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="revisions")
    # Who proposed the text that the author accepted; they cannot review it either.
    contributor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("example", "number")
        indexes = [models.Index(fields=["content_hash"], name="revision_hash")]
        constraints = [
            models.UniqueConstraint(fields=["example", "number"], name="revision_number_unique"),
        ]

    def __str__(self) -> str:
        return f"Revision {self.number} of example {self.example_id}"

    @property
    def note_text(self) -> str:
        """The typed note, or else what an action changed; may be empty."""
        return self.note or render(self.generated_note)


class EditDraft(models.Model):
    """Unsaved changes of one user on one example; they survive a closed tab."""

    example = models.ForeignKey(GoldenExample, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # The revision that the draft is based on; a newer one means that another user edits too.
    base_number = models.PositiveIntegerField()
    # Increased by each autosave, so that an older browser tab cannot overwrite a newer one.
    version = models.PositiveIntegerField(default=1)
    content = models.JSONField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["example", "user"], name="edit_draft_unique"),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.user} on example {self.example_id}"


class ExampleVisit(models.Model):
    """A user who has the editor of an example open; its page renews the row every few seconds."""

    example = models.ForeignKey(GoldenExample, on_delete=models.CASCADE, related_name="visits")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["example", "user"], name="example_visit_unique"),
        ]

    def __str__(self) -> str:
        return f"Visit of {self.user} to example {self.example_id}"


class ExampleEvent(AuditEvent):
    """A change of one golden example."""

    example = models.ForeignKey(GoldenExample, on_delete=models.PROTECT, related_name="events")
    revision_number = models.PositiveIntegerField(null=True)

    class Meta(AuditEvent.Meta):
        abstract = False
