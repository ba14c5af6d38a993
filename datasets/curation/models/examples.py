"""Golden examples, their immutable revisions, findings, reviews, drafts and events."""

import re
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVector, SearchVectorField
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext

from datasets.conversations.split import SPLIT_LABELS, SPLITS
from datasets.curation.filters import ExampleFilter, FindingsFilter, MineFilter
from datasets.curation.lifecycle import STATE_LABELS, State
from datasets.curation.models.library import Intent
from datasets.inspections import INVISIBLE_CHARACTER
from reviewapp.core.audit.models import AuditEvent
from reviewapp.core.fields import MessageField
from reviewapp.people.models import Project, User

STATE_CHOICES = [(state.value, STATE_LABELS[state]) for state in State]


# What the search reads, cut into words.
SEARCH_VECTOR = SearchVector(
    Func(
        Concat("preview", Value(" "), "external_id"),
        Value(r"[^[:alnum:]]+"),
        Value(" "),
        Value("g"),
        function="REGEXP_REPLACE",
        output_field=models.TextField(),
    ),
    config="simple",
)

# So many examples are given to a page by their ids; of more than these the next one is near.
MAX_ID_LIST = 1000


class GoldenExampleQuerySet(models.QuerySet["GoldenExample"]):
    """Questions about examples."""

    def reviewable_by(self, user: User) -> Self:
        """In review, and written by neither this person nor who made their account; oldest first.

        Whether the person reviews in the project at all is for `permissions` to say.
        """
        waiting = self.filter(state=State.IN_REVIEW).exclude(authors__contains=[user.pk])
        account_maker = user.password_known_to()
        if account_maker is not None:
            waiting = waiting.exclude(authors__contains=[account_maker])
        return waiting.order_by("pk")

    def returned_to(self, user: User) -> Self:
        """Sent back, and this person wrote a revision of them or nobody did; oldest first."""
        mine = Q(authors__contains=[user.pk]) | Q(authors=[])
        return self.filter(mine, state=State.CHANGES_REQUESTED).order_by("pk")

    def matching_text(self, text: str) -> Self:
        """Those with this id, or whose first customer message has words that begin like these.

        An id is the number of the page, with or without #, or the external id. An external id or
        #number that is there finds nothing else.

        Asks the database while it is built: PostgreSQL cannot guess how rare a beginning is,
        and walks all examples in order for a rare one unless it is given the few there are.
        """
        text = text.strip()
        number = re.fullmatch(r"#?([0-9]{1,18})", text, re.ASCII)
        exact = Q(external_id=text)
        if number and text.startswith("#"):
            exact |= Q(pk=int(number[1]))
        if ids := [*self.filter(exact).order_by().values_list("pk", flat=True)[:MAX_ID_LIST]]:
            return self.filter(pk__in=ids)
        found = self._with_words_like(text)
        return found | self.filter(pk=int(number[1])) if number else found

    def _with_words_like(self, text: str) -> Self:
        words = re.findall(r"[^\W_]+", text)
        if not words:
            return self.none()
        beginnings = " & ".join(f"{word}:*" for word in words)
        query = SearchQuery(beginnings, search_type="raw", config="simple")
        found = self.filter(words=query)
        few = [*found.order_by().values_list("pk", flat=True)[: MAX_ID_LIST + 1]]
        return self.filter(pk__in=few) if len(few) <= MAX_ID_LIST else found

    def matching(self, example_filter: ExampleFilter, *, user: User) -> Self:
        """Those that the filter of an address asks for; `user` is who "mine" means."""
        return self.filtered(example_filter).in_tab(example_filter, user=user)

    def in_tab(self, example_filter: ExampleFilter, *, user: User) -> Self:
        """Those in the filter's state, or waiting for this person if it asks for that."""
        found = self.filter(state=example_filter.state) if example_filter.state else self
        if example_filter.mine == MineFilter.REVIEW:
            return found.reviewable_by(user)
        if example_filter.mine == MineFilter.FIX:
            return found.returned_to(user)
        return found

    def filtered(self, example_filter: ExampleFilter) -> Self:
        """Those that the filter asks for, in any state and whoever they wait for."""
        equal = {"language": example_filter.language, "source": example_filter.source}
        found = self.filter(**{name: value for name, value in equal.items() if value})
        if example_filter.intent:
            found = found.filter(intent__name=example_filter.intent)
        if example_filter.tag:
            found = found.filter(tags__contains=[example_filter.tag])
        if example_filter.policy:
            found = found.filter(policies__contains=[example_filter.policy])
        if example_filter.findings:
            found = found.filter(open_findings__gt=0)
        if example_filter.findings == FindingsFilter.BLOCKING:
            found = found.filter(blocking_findings__gt=0)
        return found.matching_text(example_filter.q) if example_filter.q else found

    def count_by_state(self) -> dict[State, int]:
        """How many there are in each state, every state named."""
        counted = self.order_by().values_list("state").annotate(models.Count("pk"))
        counts = {State(state): count for state, count in counted}
        return {state: counts.get(state, 0) for state in State}


class GoldenExample(models.Model):
    """A conversation with the answer we want the model to give.

    What it says lives in its revisions. The columns from `intent` to `content_hash` repeat the
    latest revision, and `authors` those of all, so that the queue filters and pages without a join;
    `actions` keeps them equal.
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
    # A split that came with the import; it wins over the drawn one when a version is frozen.
    imported_split = models.CharField(max_length=12, choices=SPLIT_LABELS, blank=True)
    metadata = models.JSONField(default=dict, blank=True)

    intent = models.ForeignKey(
        Intent, null=True, blank=True, on_delete=models.PROTECT, related_name="examples"
    )
    language = models.CharField(max_length=12, blank=True)
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    policies = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    # The beginning of the first customer message: what the queue shows.
    preview = models.CharField(max_length=200, blank=True)
    tokens = models.PositiveIntegerField(default=0)
    message_count = models.PositiveSmallIntegerField(default=0)
    open_findings = models.PositiveSmallIntegerField(default=0)
    blocking_findings = models.PositiveSmallIntegerField(default=0)
    content_hash = models.CharField(max_length=64)
    # Who wrote a revision, by id. Who may decide is asked of the revisions themselves.
    authors = ArrayField(models.BigIntegerField(), default=list, blank=True)
    words = models.GeneratedField(
        expression=SEARCH_VECTOR, output_field=SearchVectorField(), db_persist=True
    )

    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    # When its text was erased in all revisions (docs/erasure.md); nothing is done with it since.
    erased_at = models.DateTimeField(null=True, blank=True)

    objects = GoldenExampleQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "id"], name="example_project_id"),
            models.Index(fields=["project", "state", "id"], name="example_state"),
            models.Index(fields=["project", "intent", "id"], name="example_intent"),
            models.Index(fields=["project", "language", "id"], name="example_language"),
            models.Index(fields=["project", "content_hash"], name="example_hash"),
            models.Index(
                fields=["project", "id"],
                name="example_with_findings",
                condition=Q(open_findings__gt=0),
            ),
            models.Index(fields=["project", "external_id"], name="example_external_id"),
            models.Index(fields=["project", "source", "id"], name="example_source"),
            GinIndex(fields=["tags"], name="example_tags"),
            GinIndex(fields=["policies"], name="example_policies"),
            # A long list of pending entries would be read whole by every search.
            GinIndex(fields=["words"], name="example_words", gin_pending_list_limit=256),
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
        ]

    def __str__(self) -> str:
        return self.preview or f"Example {self.pk}"

    @property
    def latest_revision(self) -> "Revision":
        """The wording that stands now."""
        return self.revisions.get(number=self.latest_number)


class Revision(models.Model):
    """One immutable wording of a golden example, numbered from 1.

    `messages` is a list of chat messages as in the file format: role, content, and for an
    assistant optionally weight, tool_calls, refusal. The runtime role cannot update or delete.
    """

    frozen: ClassVar[bool] = True

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
    author = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="revisions")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("example", "number")
        indexes = [models.Index(fields=["content_hash"], name="revision_hash")]
        constraints = [
            models.UniqueConstraint(fields=["example", "number"], name="revision_number_unique"),
        ]

    def __str__(self) -> str:
        return f"Revision {self.number} of example {self.example_id}"


class Finding(models.Model):
    """What an inspection says about one revision.

    `start` and `end` are character offsets into the content of message `message_index`; the
    personal data itself is never copied here. A person mends it (a new revision) or dismisses it.
    """

    class Severity(models.TextChoices):
        BLOCKING = "blocking", "Blocks approval"
        WARNING = "warning", "Worth a look"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DISMISSED = "dismissed", "Dismissed"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="findings")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    message_index = models.PositiveSmallIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    text = MessageField(null=False, blank=False)
    replacement = models.CharField(max_length=60, blank=True, help_text="what one click puts there")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    dismissed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("revision", "pk")
        constraints = [
            models.CheckConstraint(
                name="finding_words_known",
                condition=Q(severity__in=["blocking", "warning"], state__in=["open", "dismissed"]),
            ),
            models.CheckConstraint(
                name="finding_dismissal_names_who_and_why",
                condition=Q(state="open") | (Q(dismissed_by__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.revision}"

    @property
    def message_number(self) -> int | None:
        """The number of its message, from 1; None for the whole conversation."""
        return None if self.message_index is None else self.message_index + 1

    @property
    def found_text(self) -> str:
        """The text that it points at; empty without a place."""
        if self.message_index is None or self.start is None:
            return ""
        return str(self.revision.messages[self.message_index]["content"])[self.start : self.end]

    @property
    def replace_label(self) -> str:
        """The label of the button that replaces the text."""
        if self.replacement == "\n":
            return gettext("Replace with a line break")
        # Its replacement is only the visible character beside it.
        if self.code == INVISIBLE_CHARACTER:
            return gettext("Remove the character")
        return gettext("Replace with %(replacement)s") % {"replacement": self.replacement}


class Review(models.Model):
    """One person's decision on one revision. The runtime role cannot update or delete."""

    frozen: ClassVar[bool] = True

    class Decision(models.TextChoices):
        APPROVE = "approve", "Approved"
        REQUEST_CHANGES = "request_changes", "Changes requested"

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=16, choices=Decision)
    comment = models.TextField(blank=True)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("at", "pk")
        constraints = [
            models.CheckConstraint(
                name="review_decision_known",
                condition=Q(decision__in=["approve", "request_changes"]),
            ),
            models.CheckConstraint(
                name="review_sent_back_says_why",
                condition=Q(decision="approve") | ~Q(comment=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.reviewer}"


class EditDraft(models.Model):
    """What a person typed and has not saved: it survives a closed tab."""

    example = models.ForeignKey(GoldenExample, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # The revision the typing started from; a newer one means that two people edit.
    base_number = models.PositiveIntegerField()
    # Grows with each autosave; an older browser tab cannot overwrite a newer one.
    version = models.PositiveIntegerField(default=1)
    content = models.JSONField()
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["example", "user"], name="edit_draft_one_a_person"),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.user} on example {self.example_id}"


class ExampleEvent(AuditEvent):
    """A change of one golden example."""

    example = models.ForeignKey(GoldenExample, on_delete=models.PROTECT, related_name="events")
    revision_number = models.PositiveIntegerField(null=True)

    class Meta(AuditEvent.Meta):
        abstract = False
