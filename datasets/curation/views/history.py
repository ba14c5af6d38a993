"""What happened to an example: its revisions, reviews and other events, newest first."""

from dataclasses import dataclass
from datetime import datetime

from datasets.curation.lifecycle import Action
from datasets.curation.models import GoldenExample, Review, Revision

# A revision and a review have rows of their own, which say more than their events.
ACTIONS_WITH_OWN_ROWS = [Action.CREATE, Action.REVISE, Action.APPROVE, Action.REQUEST_CHANGES]
EVENT_LABELS = {
    "submit": "Submitted",
    "reopen": "Reopened",
    "retire": "Retired",
    "report_broken": "Reported as broken",
    "dismiss_finding": "Finding dismissed",
}


@dataclass(frozen=True)
class HistoryEntry:
    """One line of the history. `number` is set for a revision."""

    at: datetime
    what: str
    who: str
    text: str
    number: int | None = None
    tokens: int | None = None


def history_of(example: GoldenExample) -> list[HistoryEntry]:
    """Return everything that happened, newest first."""
    lines = [*_revisions(example), *_reviews(example), *_events(example)]
    return sorted(lines, key=lambda line: (line.at, line.number or 0), reverse=True)


def _revisions(example: GoldenExample) -> list[HistoryEntry]:
    revisions = example.revisions.select_related("author").defer("messages", "tools")
    return [_revision(revision) for revision in revisions]


def _revision(revision: Revision) -> HistoryEntry:
    return HistoryEntry(
        at=revision.created_at,
        what=f"Revision {revision.number}",
        who=str(revision.author or "the import"),
        text=revision.note,
        number=revision.number,
        tokens=revision.tokens,
    )


def _reviews(example: GoldenExample) -> list[HistoryEntry]:
    reviews = Review.objects.filter(revision__example=example)
    return [
        HistoryEntry(
            at=review.at,
            what=f"{review.get_decision_display()}: revision {review.revision.number}",
            who=str(review.reviewer),
            text=review.comment,
        )
        for review in reviews.select_related("reviewer", "revision")
    ]


def _events(example: GoldenExample) -> list[HistoryEntry]:
    events = example.events.exclude(action__in=ACTIONS_WITH_OWN_ROWS).select_related("actor")
    return [
        HistoryEntry(
            at=event.at,
            what=EVENT_LABELS.get(event.action, event.action.replace("_", " ").capitalize()),
            who=str(event.actor or "the system"),
            text=event.reason,
        )
        for event in events
    ]
