"""What happened to an example: its revisions, reviews and other events, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from datasets.curation.actions import REPORTED_BROKEN
from datasets.curation.lifecycle import Action, State
from datasets.curation.models import ExampleEvent, GoldenExample, Revision

# A revision has a row of its own, which says more than its event.
REVISION_ACTIONS = frozenset({Action.CREATE, Action.REVISE})
REVIEW_ACTIONS = frozenset({Action.APPROVE, Action.REQUEST_CHANGES})
EVENT_LABELS: dict[str, str] = {
    Action.SUBMIT: "Submitted",
    Action.APPROVE: "Approved",
    Action.REQUEST_CHANGES: "Changes requested",
    Action.REOPEN: "Reopened",
    Action.RETIRE: "Retired",
    REPORTED_BROKEN: "Reported as broken",
    "dismiss_finding": "Finding dismissed",
    "erase": "Text erased",
}


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the history. `number` is set for a revision."""

    at: datetime
    what: str
    who: str
    text: str
    number: int | None = None


@dataclass(frozen=True)
class ExampleHistory:
    """The revisions of an example, without their messages, and its events, the oldest first."""

    example: GoldenExample
    revisions: list[Revision]
    events: list[ExampleEvent]

    @classmethod
    def of(cls, example: GoldenExample) -> Self:
        """Read the history of an example."""
        revisions = example.revisions.select_related("author").defer("messages", "tools")
        events = example.events.select_related("actor").order_by("pk")
        return cls(example, [*revisions], [*events])

    @property
    def author_ids(self) -> frozenset[int | None]:
        """The authors of all revisions; None is the import."""
        return frozenset(revision.author_id for revision in self.revisions)

    @property
    def entries(self) -> list[HistoryEntry]:
        """Everything that happened, newest first."""
        events = [event for event in self.events if event.action not in REVISION_ACTIONS]
        entries = [*map(_of_revision, self.revisions), *map(_of_event, events)]
        return sorted(entries, key=lambda entry: (entry.at, entry.number or 0), reverse=True)

    @property
    def request_for_changes(self) -> ExampleEvent | None:
        """The event in which a reviewer asked for changes, while they are asked for."""
        if self.example.state != State.CHANGES_REQUESTED:
            return None
        return self._latest(Action.REQUEST_CHANGES)

    @property
    def commented_submission(self) -> ExampleEvent | None:
        """The submission that waits for a review, if its author wrote a comment."""
        if self.example.state != State.IN_REVIEW:
            return None
        submission = self._latest(Action.SUBMIT)
        return submission if submission and submission.reason else None

    @property
    def reopening(self) -> ExampleEvent | None:
        """The event that says why the latest revision is to be edited again."""
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


def _of_revision(revision: Revision) -> HistoryEntry:
    return HistoryEntry(
        at=revision.created_at,
        what=f"Revision {revision.number}",
        who=str(revision.author or "the import"),
        text=revision.note_text,
        number=revision.number,
    )


def _of_event(event: ExampleEvent) -> HistoryEntry:
    what = EVENT_LABELS.get(event.action, event.action.replace("_", " ").capitalize())
    if event.action in REVIEW_ACTIONS:
        what = f"{what}: revision {event.revision_number}"
    return HistoryEntry(
        at=event.at, what=what, who=str(event.actor or "the system"), text=event.reason
    )
