"""The history of an example: its revisions, reviews and other events, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from datasets.curation.actions import REPORTED_BROKEN
from datasets.curation.assignees import ASSIGN_EVENT, with_assignee
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import ExampleEvent, GoldenExample, Revision
from datasets.curation.permissions import writer_ids

# The history shows the revision itself in place of its event.
REVISION_ACTIONS = frozenset({Action.CREATE, Action.REVISE})
EVENT_SENTENCES: dict[str, Promise] = {
    Action.SUBMIT: _("Submitted by %(actor)s"),
    Action.APPROVE: _("Revision %(number)s approved by %(actor)s"),
    Action.REQUEST_CHANGES: _("Changes of revision %(number)s requested by %(actor)s"),
    Action.REOPEN: _("Reopened by %(actor)s"),
    Action.RETIRE: _("Retired by %(actor)s"),
    Action.DELETE: _("Deleted by %(actor)s"),
    "undo_bulk": _("Bulk action undone by %(actor)s"),
    REPORTED_BROKEN: _("Reported as broken by %(actor)s"),
    "dismiss_finding": _("Finding dismissed by %(actor)s"),
    "dismiss_duplicate": _("Similar example dismissed as no duplicate by %(actor)s"),
    "restore_duplicate": _("Similar example listed as a duplicate again by %(actor)s"),
    ASSIGN_EVENT: _("Assignment ended by %(actor)s"),
    "erase": _("Text erased by %(actor)s"),
}
ASSIGNED = _("Assigned to %(assignee)s by %(actor)s")
OTHER_EVENT = _("Changed by %(actor)s")


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of the history; `number` is set for a revision.

    `sentence` says what was done and by whom, `text` is the note or reason that was typed.
    """

    at: datetime
    sentence: str
    text: str
    number: int | None = None


@dataclass(frozen=True)
class ExampleHistory:
    """The revisions of an example, without their messages, and its events, oldest first."""

    example: GoldenExample
    revisions: list[Revision]
    events: list[ExampleEvent]

    @classmethod
    def of(cls, example: GoldenExample) -> Self:
        """Read the history of an example."""
        revisions = example.revisions.select_related("author").defer("messages", "tools")
        events = example.events.select_related("actor").order_by("pk")
        return cls(example, [*revisions], [*with_assignee(events)])

    @property
    def author_ids(self) -> frozenset[int | None]:
        """The authors and contributors of all revisions; None is the import."""
        pairs = ((revision.author_id, revision.contributor_id) for revision in self.revisions)
        return writer_ids(pairs)

    @property
    def was_approved(self) -> bool:
        """Whether a revision was ever approved."""
        return any(event.action == Action.APPROVE for event in self.events)

    @property
    def entries(self) -> list[HistoryEntry]:
        """All revisions and other events, newest first."""
        events = [event for event in self.events if event.action not in REVISION_ACTIONS]
        shown = [_of_event(event) for event in events]
        entries = [*map(_of_revision, self.revisions), *shown]
        return sorted(entries, key=lambda entry: (entry.at, entry.number or 0), reverse=True)

    @property
    def request_for_changes(self) -> ExampleEvent | None:
        """The event in which a reviewer requested changes; None in another state."""
        if self.example.state != State.CHANGES_REQUESTED:
            return None
        return self._latest(Action.REQUEST_CHANGES)

    @property
    def commented_submission(self) -> ExampleEvent | None:
        """The submission that waits for a review, if it has a comment."""
        if self.example.state != State.IN_REVIEW:
            return None
        submission = self._latest(Action.SUBMIT)
        return submission if submission and submission.reason else None

    @property
    def reopening(self) -> ExampleEvent | None:
        """The event with the reason why the latest revision was reopened; None in another state."""
        if self.example.state not in {State.DRAFT, State.CHANGES_REQUESTED}:
            return None
        return self._latest(Action.REOPEN, REPORTED_BROKEN, number=self.example.latest_number)

    def _latest(self, *actions: str, number: int | None = None) -> ExampleEvent | None:
        found = (
            event
            for event in reversed(self.events)
            if event.action in actions and number in {None, event.revision_number}
        )
        return next(found, None)


def _author_sentence(revision: Revision) -> str:
    if revision.author is None:
        return gettext("Revision %(number)s, imported") % {"number": revision.number}
    return gettext("Revision %(number)s by %(author)s") % {
        "number": revision.number,
        "author": revision.author,
    }


def _of_revision(revision: Revision) -> HistoryEntry:
    return HistoryEntry(
        at=revision.created_at,
        sentence=_author_sentence(revision),
        text=revision.note_text,
        number=revision.number,
    )


def _of_event(event: Any) -> HistoryEntry:
    """Return the entry of an event that was read `with_assignee`."""
    sentence = EVENT_SENTENCES.get(event.action, OTHER_EVENT)
    if event.action == ASSIGN_EVENT and event.assignee_name is not None:
        sentence = ASSIGNED
    text = str(sentence) % {
        "actor": event.actor or gettext("the system"),
        "number": event.revision_number,
        "assignee": event.assignee_name,
    }
    return HistoryEntry(at=event.at, sentence=text, text=event.reason)
