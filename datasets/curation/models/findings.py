"""Findings: what the inspections report in a revision, and what became of it."""

from typing import NamedTuple

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy

from datasets.conversations.diffs import Piece, word_diff
from datasets.curation.models.examples import Revision
from datasets.inspections import Severity
from datasets.inspections.characters import INVISIBLE_CHARACTER
from datasets.inspections.voice_rules import VOICE_PREFIX
from reviewapp.core.fields import MessageField
from reviewapp.people.models import User


class Choice(NamedTuple):
    """A text or the slug of a policy that fixes a finding, its name, and where it is inserted.

    Attributes:
        insertion: the text as it is put there; empty for a policy.
    """

    value: str
    name: str
    insertion: str = ""


class FindingSeverity(models.TextChoices):
    """Whether an open finding prevents approval."""

    BLOCKING = Severity.BLOCKING.value, pgettext_lazy("severity of a finding", "Blocks approval")
    WARNING = Severity.WARNING.value, pgettext_lazy("severity of a finding", "Warning")


class FindingState(models.TextChoices):
    """Whether a finding has been dismissed."""

    OPEN = "open", pgettext_lazy("state of a finding", "Open")
    DISMISSED = "dismissed", pgettext_lazy("state of a finding", "Dismissed")


class Finding(models.Model):
    """One result of an inspection of one revision.

    `start` and `end` are character offsets into the content of message `message_index`; personal
    data is never copied here. A member fixes it with a new revision, or dismisses it.
    """

    Severity, State = FindingSeverity, FindingState
    # What a member may put there, where it is one of several; set by who shows the finding.
    choices: tuple[Choice, ...] = ()

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="findings")
    code = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    message_index = models.PositiveSmallIntegerField(null=True, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True)
    end = models.PositiveIntegerField(null=True, blank=True)
    text = MessageField(null=False, blank=False)
    replacement = models.CharField(
        max_length=400, blank=True, help_text="what one click puts there"
    )
    removes = models.BooleanField(
        default=False, db_default=False, help_text="whether one click removes the text"
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    dismissed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    dismissed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("revision", "pk")
        constraints = [
            models.CheckConstraint(
                name="finding_severity_and_state_known",
                condition=Q(severity__in=FindingSeverity.values, state__in=FindingState.values),
            ),
            models.CheckConstraint(
                name="finding_dismissal_has_member_and_reason",
                condition=Q(state=FindingState.OPEN)
                | (Q(dismissed_by__isnull=False) & ~Q(reason="")),
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
    def is_voice(self) -> bool:
        """Whether the house voice found it."""
        return self.code.startswith(VOICE_PREFIX)

    @property
    def has_fix(self) -> bool:
        """Whether one click fixes it, without a choice."""
        return self.removes or bool(self.replacement)

    @property
    def change(self) -> list[Piece]:
        """The word diff of the lines that one click changes; empty without a place."""
        if not self.has_fix or self.message_index is None or self.start is None:
            return []
        text, end = str(self.revision.messages[self.message_index]["content"]), self.end or 0
        first, last = text.rfind("\n", 0, self.start) + 1, text.find("\n", end)
        line = text[first : len(text) if last < 0 else last]
        changed = line[: self.start - first] + self.replacement + line[end - first :]
        return word_diff(line, changed)

    @property
    def replace_label(self) -> str:
        """The label of the button that replaces the text."""
        if self.removes:
            return gettext("Remove “%(text)s”") % {"text": self.found_text.strip()}
        if self.replacement == "\n":
            return gettext("Replace with a line break")
        # Its replacement is only the visible character beside it.
        if self.code == INVISIBLE_CHARACTER:
            return gettext("Remove the character")
        shown = {"replacement": self.replacement.strip()}
        if self.start == self.end:
            return gettext("Insert “%(replacement)s”") % shown
        return gettext("Replace with %(replacement)s") % shown
